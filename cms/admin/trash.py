"""The trash: what was deleted, by whom, and until when it can be restored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request
from flask_admin import BaseView, expose
from flask_admin.helpers import get_redirect_target
from flask_babel import gettext, lazy_gettext, ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from cms import current
from cms.accounts import audit
from cms.accounts.audit import Deed
from cms.accounts.policy import Permission
from cms.admin import formatters, permissions
from cms.admin.base import SignedInView, asked_page
from cms.admin.kept import after_change, before_change
from cms.extensions import db
from cms.media.models import MediaFile
from cms.messages import InvalidInput
from cms.pages import drafts, file_trash, revisions, trash
from cms.pages.models import ContentItem, Page, kind_named
from cms.pages.pages import parse_id
from cms.pages.revisions import Action
from cms.pages.trash import Trashed
from cms.tasks.pages import remove_file

#: How many rows are shown at once.
SHOWN = 50


Row = Page | ContentItem | MediaFile


class TrashView(SignedInView, BaseView):  # type: ignore[misc]
    """The list of what is in the trash."""

    is_aside = True

    def __init__(self) -> None:
        super().__init__(
            name=lazy_gettext("Trash"), endpoint="trash", url="trash", menu_icon_type="fa", menu_icon_value="fa-trash"
        )

    @expose("/")
    def index(self) -> str:
        page = asked_page()
        rows = trash.contents(db.session(), page * SHOWN, SHOWN + 1)
        rendered: str = self.render(
            "admin/trash.html",
            rows=rows[:SHOWN],
            page=page,
            num_pages=page + 1 + (len(rows) > SHOWN),
            pager_url=lambda number: self.get_url(".index", page=number),
            kept_for=timedelta(days=current.settings().trash_days),
            row_name=formatters.row_name,
            icon=_icon,
        )
        return rendered

    @expose("/restore/", methods=("POST",))
    def restore(self) -> Response:
        """Restore the rows that are named in ``row``. One that cannot be restored is told, and keeps no other back."""
        restored: list[Row] = []
        for row in self._asked(self.may_change):
            try:
                seen = before_change({row.page} if isinstance(row, ContentItem) else set())
                restored.append(found := _restored(row))
                if isinstance(found, ContentItem):
                    revisions.keep(db.session(), found.page, current_user.email, Action.UNDELETED, found.title)
                    after_change(seen)
                    drafts.settle(db.session(), found.page)
                db.session.commit()
            except InvalidInput as error:
                db.session.rollback()
                flash(gettext(error.sentence, **error.values), "error")
        if len(restored) == 1:
            flash(formatters.restored(restored[0]), "success")
        elif restored:
            flash(ngettext("%(num)d restored.", "%(num)d restored.", len(restored)), "success")
        return redirect(get_redirect_target() or self.get_url(".index"))

    @expose("/delete/", methods=("POST",))
    def delete(self) -> Response:
        """Delete for good the rows that are named in ``row``."""
        asked = self._asked(self.may_delete)
        rows = [row for row in asked if isinstance(row, MediaFile) or not trash.is_still_seen(row)]
        for row in asked:
            if row not in rows:
                words = gettext("Visitors still see “%(title)s”. Publish its page first.", title=row.title)
                flash(words, "error")
        for row in rows:
            if isinstance(row, MediaFile):
                audit.note(db.session(), Deed.DELETED, str(row), row.__tablename__, row.id)
                remove_file(row, current_user.email)
            else:
                trash.delete(db.session(), row)
                db.session.commit()
        flash(gettext("Deleted for good: %(count)s.", count=len(rows)), "success")
        return redirect(self.get_url(".index"))

    def may_change(self, row: Any = None) -> bool:
        """Whether the signed-in person may restore a row."""
        return permissions.may(Permission.CURATE) if isinstance(row, MediaFile) else super().may_change(row)

    def may_delete(self, row: Row) -> bool:
        """Whether the signed-in person may delete a row for good. Files are shared, so that takes more."""
        return permissions.may(Permission.ADMINISTER) if isinstance(row, MediaFile) else self.may_change(row)

    def _asked(self, may: Callable[[Row], bool]) -> list[Row]:
        """Those of the rows that a form names that are in the trash. If one of them is not allowed, all are refused."""
        named = [name.partition("-") for name in dict.fromkeys(request.form.getlist("row"))]
        found = [trash.named(db.session(), kind, id_) for kind, _, text in named if (id_ := parse_id(text))]
        rows = [row for row in found if row is not None]
        for row in rows:
            if not may(row):
                permissions.refuse(None if isinstance(row, MediaFile) else row)
        return rows


def _restored(row: Row) -> Row:
    """Take a row out of the trash."""
    if not isinstance(row, MediaFile):
        return trash.restore(db.session(), row)
    found = file_trash.restore(db.session(), row)
    audit.note(db.session(), Deed.RESTORED, str(found), found.__tablename__, found.id)
    return found


def _icon(found: Trashed) -> tuple[str, Any]:
    """The icon and the label of a kind."""
    if found.kind == trash.FILE:
        return "fa-archive", gettext("File")
    if found.kind == "page":
        return "fa-newspaper-o", gettext("Page")
    kind = kind_named(found.kind)
    return kind.icon, gettext(kind.label)
