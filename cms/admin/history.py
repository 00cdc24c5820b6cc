"""The history of a page: its revisions, what differs between two of them, and the way back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from flask import abort, flash, redirect, request
from flask_admin import BaseView, expose
from flask_babel import LazyString, gettext, lazy_gettext, ngettext
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import Table, select
from werkzeug.wrappers import Response

from cms.admin import formatters, page_states, permissions, thumbnails
from cms.admin.base import SignedInView, asked_page
from cms.extensions import db
from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput
from cms.pages import differences, drafts, revisions, snapshots
from cms.pages.differences import ItemDifference, Parts
from cms.pages.models import Page, column_label, kind_named
from cms.pages.pages import parse_id
from cms.pages.revision_models import Revision
from cms.pages.revisions import Action, Restored
from cms.pages.snapshots import SCHEDULE, ItemSnapshot, PageSnapshot

#: How many revisions are shown at once.
SHOWN = 50

_ACTIONS = {
    Action.FOUND: N_("Before the first change"),
    Action.CREATED: N_("Created"),
    Action.EDITED: N_("Edited: %(title)s"),
    Action.ADDED: N_("Added: %(title)s"),
    Action.MOVED: N_("Moved to another page: %(title)s"),
    Action.REORDERED: N_("Items put into another order"),
    Action.DELETED: N_("Deleted: %(title)s"),
    Action.UNDELETED: N_("Restored from the trash: %(title)s"),
    Action.RESTORED: N_("An earlier revision restored"),
    Action.PUBLISHED: N_("Published"),
    Action.UNPUBLISHED: N_("Unpublished"),
    Action.REPLACED: N_("Replaced everywhere: %(title)s"),
    Action.UNDONE: N_("Undone: %(title)s"),
    Action.REDONE: N_("Done again: %(title)s"),
}
_AT_ITS_TIME = {Action.PUBLISHED: N_("Published at its time"), Action.UNPUBLISHED: N_("Unpublished at its time")}
_FIELDS = {
    "title": lazy_gettext("Title"),
    "slug": lazy_gettext("Slug"),
    "text": lazy_gettext("Text"),
    "language": lazy_gettext("Language"),
    "tags": lazy_gettext("Tags"),
    "sharing_picture": lazy_gettext("Picture for sharing"),
    "publish_at": lazy_gettext("Publish at"),
    "unpublish_at": lazy_gettext("Unpublish at"),
    "is_active": lazy_gettext("Active"),
}


class HistoryView(SignedInView, BaseView):  # type: ignore[misc]
    """The revisions of one page. Its form leads here; the menu does not."""

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("History"), endpoint="history", url="history")

    def is_visible(self) -> bool:
        """Whether it is in the menu."""
        return False

    @expose("/")
    def index(self) -> str:
        page, number = _asked_page(), asked_page()
        found = revisions.of(db.session(), page.id, number * SHOWN, SHOWN + 1)
        rendered: str = self.render(
            "admin/history.html",
            model=page,
            revisions=found[:SHOWN],
            words=_words,
            page=number,
            num_pages=number + 1 + (len(found) > SHOWN),
            pager_url=lambda other: self.get_url(".index", id=page.id, page=other),
        )
        return rendered

    @expose("/compare/")
    def compare(self) -> str:
        """What a revision has changed, or with ``now`` what has changed since."""
        revision = _asked_revision(request.args)
        page = db.session.get_one(Page, revision.page_id)
        shown = revision.snapshot
        if "now" in request.args:
            before, after = shown, snapshots.take(db.session(), page)
        else:
            earlier = revisions.before(db.session(), revision)
            before, after = earlier.snapshot if earlier else {**shown, "items": []}, shown
        comparison = differences.compare(_readable(before), _readable(after))
        rendered: str = self.render(
            "admin/comparison.html",
            model=page,
            revision=revision,
            words=_words,
            is_now="now" in request.args,
            comparison=comparison,
            field_name=_field_name,
            marked=_marked,
            pictures=_pictures(comparison.items),
            kind_named=kind_named,
        )
        return rendered

    @expose("/restore/", methods=("POST",))
    def restore(self) -> Response:
        """Bring a page back to a revision."""
        revision = _asked_revision(request.form)
        page = db.session.get_one(Page, revision.page_id)
        if page.deleted_at:
            abort(404)
        permissions.require(self.writing, page)
        try:
            revisions.keep_before(db.session(), page)
            seen = drafts.begin(db.session(), page)
            report = revisions.restore(db.session(), page, revision.snapshot, current_user.email)
            drafts.hold(db.session(), page, seen)
            drafts.settle(db.session(), page)
            db.session.commit()
        except InvalidInput as error:
            db.session.rollback()
            flash(gettext(error.sentence, **error.values), "error")
        else:
            words = gettext("The page is as it was then. Its history has all that was there before.")
            flash(page_states.saved(words, page), "success")
            for told in not_restored(report):
                flash(told, "warning")
        return redirect(self.get_url("page.edit_view", id=revision.page_id))


def _asked_page() -> Page:
    page = db.session.get(Page, parse_id(request.args.get("id", "")) or 0)
    if page is None or page.deleted_at:
        abort(404)
    return page


def _asked_revision(values: Any) -> Revision:
    revision = db.session.get(Revision, parse_id(values.get("id", "")) or 0)
    if revision is None:
        abort(404)
    return revision


def _words(revision: Revision) -> str:
    """What the editor did."""
    action = Action(revision.action)
    sentence = _ACTIONS[action] if revision.editor else _AT_ITS_TIME.get(action, _ACTIONS[action])
    return str(gettext(sentence, title=revision.subject))


def not_restored(report: Restored) -> list[str]:
    """What could not be brought back."""
    told = []
    if report.moved:
        told.append(
            ngettext(
                "%(num)d item is on another page now, and stays there.",
                "%(num)d items are on other pages now, and stay there.",
                report.moved,
            )
        )
    if report.unknown:
        told.append(
            ngettext(
                "%(num)d item is of a kind that there is no more.",
                "%(num)d items are of kinds that there are no more.",
                report.unknown,
            )
        )
    if report.files:
        told.append(ngettext("%(num)d file is gone.", "%(num)d files are gone.", report.files))
    return told


def _field_name(name: str, item: ItemSnapshot | None = None) -> str | LazyString:
    """The label of a field of the page, or of an item."""
    if item is None or name not in item["fields"]:
        return _FIELDS[name]
    try:
        table = cast(Table, kind_named(item["kind"]).__table__)
        return gettext(column_label(table.columns[name]))
    except KeyError:  # there is no such kind or column any more
        return name


def _readable(page: PageSnapshot) -> PageSnapshot:
    """A snapshot whose times are written as editors read them."""
    times = {name: page.get(name) for name in SCHEDULE}
    told = {name: formatters.moment(datetime.fromisoformat(time), zone=True) for name, time in times.items() if time}
    return {**page, **told}  # type: ignore[typeddict-item]


def _marked(parts: Parts, element: str) -> Markup:
    """A text whose parts that the other one lacks are marked."""
    mark = Markup("<{0}>{1}</{0}>")
    return Markup("").join(mark.format(Markup(element), text) if lacks else text for text, lacks in parts)  # noqa: S704


def _pictures(items: list[ItemDifference]) -> dict[int, Markup]:
    """The thumbnails of all files that differ, by the ids of media files."""
    states = [state for found in items for state in (found.before, found.after) if state]
    ids = {file["media_file"] for state in states for file in state["files"]} - {None}
    files = db.session.scalars(select(MediaFile).where(MediaFile.id.in_(ids)))
    return {file.id: thumbnails.titled(str(file), file) for file in files}
