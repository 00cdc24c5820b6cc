"""Where a file goes that arrives in pieces, or is stored already: onto a page, into a slot, or into the library.

A file of a folder goes onto the page that is titled like the folder. If there is none, it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import NoReturn

from flask import abort
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from cms.accounts.policy import Permission
from cms.admin import permissions, reasons
from cms.extensions import db
from cms.media import mediatypes
from cms.media.models import Upload
from cms.messages import N_, InvalidInput
from cms.pages import arrivals, drafts, importing, revisions
from cms.pages.arrivals import NoTarget, Target
from cms.pages.models import ContentItem, Page
from cms.pages.pages import parse_id
from cms.pages.revisions import Action

_MEANWHILE = N_("This could not be saved because somebody else changed something in the meantime. Please try again.")


def target_of(told: dict[str, str]) -> Target | None:
    """Where a file goes; ``None`` for the library. A page or an item is locked from now on.

    Args:
        told: has ``page``, or ``item`` and ``slot``, or ``library``, or ``folder`` and ``filename``.
    """
    if is_for_library(told):
        permissions.require(Permission.CURATE)
        return None
    page, item = parse_id(told.get("page", "")), parse_id(told.get("item", ""))
    folder = folder_of(told)
    if item is None and page is None and not folder:
        abort(400, gettext("The request does not say where the file goes."))
    try:
        if item is not None:
            target = arrivals.in_slot(db.session(), item, told.get("slot", ""))
        elif folder:
            target = _of_folder(folder, told.get("filename", ""))
        else:
            target = arrivals.on_page(db.session(), page or 0)
    except NoTarget:
        abort(404, gettext("The place for this file no longer exists."))
    except InvalidInput as error:
        refuse(error)
    permissions.require(Permission.WRITE, target.page)
    return target


def is_for_library(told: dict[str, str]) -> bool:
    """Whether a file goes into the library, and no item is made for it."""
    return "library" in told


def folder_of(told: dict[str, str]) -> str:
    """The title of the page for the folder that a file is from; empty if it goes elsewhere."""
    return importing.title_of_folder(told.get("folder", ""))


def _of_folder(title: str, filename: str) -> Target:
    """The page with that title, or on it the slot of the item to which subtitles belong.

    Raises:
        InvalidInput: the item takes no more subtitles.
        NoTarget: the page was deleted meanwhile.
    """
    session = db.session()
    page = importing.page_titled(session, title)
    if page is None:
        return arrivals.on_page(session, _new_page(title).id)
    if mediatypes.is_named_subtitles(filename):
        item_id, is_alone = importing.beside_on(session, page).item_of(PurePath(filename))
        if item_id is not None:
            slot = importing.slot_for(session.get_one(ContentItem, item_id), is_alone=is_alone)
            return arrivals.in_slot(session, item_id, slot)
    return arrivals.on_page(session, page.id)


def _new_page(title: str) -> Page:
    """A new page with that title, which nobody else has made meanwhile."""
    session = db.session()
    try:
        page = importing.new_page(session, title)
    except IntegrityError:
        session.rollback()
        abort(409, gettext(_MEANWHILE))
    page.created_by = current_user.id
    revisions.keep(session, page, current_user.email, Action.CREATED, page.title)
    return page


def add(target: Target | None, family: str, filename: str, put: Callable[[ContentItem | None, str], Upload]) -> Upload:
    """Put a file where it goes. A page waits to be published with it, and its history tells of it.

    Args:
        target: see :func:`target_of`.
        family: of the file; for a slot it is not looked at.
        filename: the client's name of the file.
        put: makes the upload, for an item and its slot, or for no item and the family.

    Raises:
        InvalidInput: the file cannot go there.
    """
    if target is None:
        return put(None, family)
    session = db.session()
    revisions.keep_before(session, target.page)
    found = drafts.begin(session, target.page)
    item, slot = arrivals.place(session, target, family, filename)
    upload = put(item, slot)
    action = Action.ADDED if target.is_new else Action.EDITED
    revisions.keep(session, target.page, current_user.email, action, item.title)
    drafts.hold(session, target.page, found)
    return upload


def refuse(error: InvalidInput) -> NoReturn:
    """Answer that a file is not accepted, and why."""
    abort(422, reasons.sentence(error.sentence, error.values))
