"""The trash: what was deleted, by whom, and until when it can be restored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, request
from flask_admin import BaseView, expose
from flask_admin.helpers import get_redirect_target
from flask_babel import gettext, lazy_gettext, ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from cms import current
from cms.admin import formatters, permissions
from cms.admin.base import SignedInView, asked_page
from cms.extensions import db
from cms.messages import InvalidInput
from cms.pages import revisions, trash
from cms.pages.models import ContentItem, Page, kind_named
from cms.pages.pages import parse_id
from cms.pages.revisions import Action
from cms.pages.trash import Trashed

#: How many rows are shown at once.
SHOWN = 50


def row_name(row: Page | ContentItem) -> str:
    """The name of a row in forms: its kind and its id."""
    return f"{'page' if isinstance(row, Page) else row.content_type}-{row.id}"


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
            row_name=row_name,
            icon=_icon,
        )
        return rendered

    @expose("/restore/", methods=("POST",))
    def restore(self) -> Response:
        """Restore the rows that are named in ``row``. One that cannot be restored is told, and keeps no other back."""
        restored: list[Page | ContentItem] = []
        for row in self._asked():
            try:
                restored.append(found := trash.restore(db.session(), row))
                if isinstance(found, ContentItem):
                    revisions.keep(db.session(), found.page, current_user.email, Action.UNDELETED, found.title)
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
        asked = self._asked()
        rows = [row for row in asked if not trash.is_still_seen(row)]
        for row in asked:
            if row not in rows:
                words = gettext("Visitors still see “%(title)s”. Publish its page first.", title=row.title)
                flash(words, "error")
        for row in rows:
            trash.delete(db.session(), row)
            db.session.commit()
        flash(gettext("Deleted for good: %(count)s.", count=len(rows)), "success")
        return redirect(self.get_url(".index"))

    def _asked(self) -> list[Page | ContentItem]:
        """Those of the rows that a form names that are in the trash. If one may not be changed, all are refused."""
        named = [name.partition("-") for name in dict.fromkeys(request.form.getlist("row"))]
        found = [trash.named(db.session(), kind, id_) for kind, _, text in named if (id_ := parse_id(text))]
        rows = [row for row in found if row is not None]
        for row in rows:
            permissions.require(self.writing, row)
        return rows


def _icon(found: Trashed) -> tuple[str, Any]:
    """The icon and the label of a kind."""
    if found.kind == "page":
        return "fa-newspaper-o", gettext("Page")
    kind = kind_named(found.kind)
    return kind.icon, gettext(kind.label)
