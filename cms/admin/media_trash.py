"""Media files are deleted into the trash: visitors see them nowhere, and Undo brings them back to all their places."""

from __future__ import annotations

from typing import Any

from flask import flash
from flask_admin.actions import action
from flask_babel import gettext, lazy_gettext, ngettext
from flask_login import current_user

from cms import current
from cms.accounts import audit
from cms.accounts.audit import Deed
from cms.admin.base import ModelAdmin
from cms.admin.trash import row_name
from cms.extensions import db
from cms.media.models import MediaFile
from cms.pages import file_trash, replacing
from cms.tasks.pages import remove_file


class FileDeletion(ModelAdmin):
    """A list whose rows are deleted into the trash."""

    can_create = can_edit = False

    @action("delete", lazy_gettext("Delete"), lazy_gettext("Delete the selected files? No page shows them any more."))
    def action_delete(self, ids: list[int]) -> None:
        """Delete the selected files."""
        super().action_delete(ids)

    def delete_model(self, model: MediaFile) -> bool:
        """Put a file into the trash, or delete it at once if nothing is kept there. ``False`` if it was there."""
        session = db.session()
        is_deleted = bool(file_trash.discard(session, [model.id], current_user.email))
        if is_deleted:
            audit.note(session, Deed.DELETED, str(model), model.__tablename__, model.id)
        if current.settings().trash_days:
            session.commit()
        else:
            remove_file(model, current_user.email)
        return is_deleted

    def tell_deleted(self, rows: list[Any], words: str) -> None:
        """The message after files were deleted, with a button that restores them."""
        if not rows:
            return
        words = gettext("Deleted: %(count)s.", count=len(rows))
        if not current.settings().trash_days:
            flash(words, "success")
            return
        if len(rows) == 1:
            words = gettext("“%(title)s” is in the trash.", title=str(rows[0]))
        if places := sum(replacing.count_slots(db.session(), row.id) for row in rows):
            told = ngettext(
                "%(num)d place does not show it any more.", "%(num)d places do not show it any more.", places
            )
            words = f"{words} {told}"
        undo: Any = {"words": words, "rows": [row_name(row) for row in rows]}  # the frame makes a form of it
        flash(undo, "deleted")
