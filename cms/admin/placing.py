"""Where a file goes that arrives in pieces, or is stored already: onto a page, into a slot, or into the library."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from flask import abort
from flask_babel import gettext
from flask_login import current_user

from cms.accounts.policy import Permission
from cms.admin import permissions, reasons
from cms.extensions import db
from cms.media.models import Upload
from cms.messages import InvalidInput
from cms.pages import arrivals, drafts, revisions
from cms.pages.arrivals import NoTarget, Target
from cms.pages.models import ContentItem
from cms.pages.pages import parse_id
from cms.pages.revisions import Action


def target_of(told: dict[str, str]) -> Target | None:
    """Where a file goes; ``None`` for the library. A page or an item is locked from now on.

    Args:
        told: has ``page``, or ``item`` and ``slot``, or ``library``.
    """
    if is_for_library(told):
        permissions.require(Permission.CURATE)
        return None
    page, item = parse_id(told.get("page", "")), parse_id(told.get("item", ""))
    if item is None and page is None:
        abort(400, gettext("The request does not say where the file goes."))
    try:
        if item is not None:
            target = arrivals.in_slot(db.session(), item, told.get("slot", ""))
        else:
            target = arrivals.on_page(db.session(), page or 0)
    except NoTarget:
        abort(404, gettext("The place for this file no longer exists."))
    permissions.require(Permission.WRITE, target.page)
    return target


def is_for_library(told: dict[str, str]) -> bool:
    """Whether a file goes into the library, and no item is made for it."""
    return "library" in told


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
