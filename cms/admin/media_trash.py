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
from cms.admin.formatters import row_name
from cms.extensions import db
from cms.media.models import MediaFile
from cms.pages import file_trash
from cms.pages.usage import used_in
from cms.tasks.pages import remove_file


class FileDeletion(ModelAdmin):
    """A list whose rows are deleted into the trash."""

    can_create = can_edit = False

    @action("delete", lazy_gettext("Delete"), lazy_gettext("Delete the selected files? No page shows them any more."))
    def action_delete(self, ids: list[int]) -> None:
        """Delete the selected files."""
        super().action_delete(ids)

    def delete_model(self, model: MediaFile, *, only_unused: bool = False) -> bool:
        """Put a file into the trash, or delete it at once if nothing is kept there.

        Return ``False`` if it was there already, or is in use and only to be deleted if it is not.
        """
        session = db.session()
        is_deleted = bool(file_trash.discard(session, [model.id], current_user.email, only_unused=only_unused))
        if is_deleted:
            audit.note(session, Deed.DELETED, str(model), model.__tablename__, model.id)
        if current.settings().trash_days:
            session.commit()
        else:
            remove_file(model, current_user.email)
        return is_deleted

    def tell_deleted(self, first: list[Any], number: int, words: str) -> None:
        """The message after files were deleted, with a button that restores them; of very many, where they are."""
        if not first:
            return
        words = gettext("Deleted: %(count)s.", count=number)
        if not current.settings().trash_days:
            flash(words, "success")
            return
        if number > len(first):
            in_trash = gettext("All of it is in the trash.")
            flash(f"{words} {in_trash}", "success")
            return
        if number == 1:
            words = gettext("“%(title)s” is in the trash.", title=str(first[0]))
        if places := sum(use.count for use in used_in(db.session(), [row.id for row in first]).values()):
            told = ngettext(
                "%(num)d place does not show it any more.", "%(num)d places do not show it any more.", places
            )
            words = f"{words} {told}"
        undo: Any = {"words": words, "rows": [row_name(row) for row in first]}  # the frame makes a form of it
        flash(undo, "deleted")
