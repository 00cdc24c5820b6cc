"""What is done with many media files at a time: tags, deletion of what nothing shows, derivatives made again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from flask import flash
from flask_admin.actions import action
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import select

from cms.admin.media_trash import FileDeletion
from cms.admin.tag_action import TagAction
from cms.extensions import db
from cms.media import tagging
from cms.media.derivatives import deriving
from cms.media.models import MediaFile
from cms.media.references import is_referenced
from cms.tasks import send_derivatives


class BulkActions(FileDeletion, TagAction):
    """The actions of the library's list."""

    tag_template = "admin/media_tag.html"

    @action("derive", lazy_gettext("Make derivatives again"))
    def action_derive(self, ids: list[int]) -> None:
        """Have everything made again that is made from these files; the old serves meanwhile."""
        asked = 0
        for file_id in chain.from_iterable(self.portions(ids)):
            made = deriving.ask(db.session(), file_id, None, again=True)
            db.session.commit()
            send_derivatives(made)
            asked += bool(made)
        flash(
            ngettext("Of %(num)d file everything is made again.", "Of %(num)d files everything is made again.", asked),
            "success",
        )

    @action("delete_unused", lazy_gettext("Delete unused"))
    def action_unused(self, ids: list[int]) -> None:
        """Put those of the files into the trash that nothing shows or keeps."""
        first: list[MediaFile] = []
        number = used = 0
        for some in self.portions(ids):
            unused = set(db.session.scalars(select(MediaFile.id).where(MediaFile.id.in_(some), ~is_referenced())))
            files = self.selected(some)
            used += len(files) - len(unused)
            deleted = [file for file in files if file.id in unused and self.delete_model(file, only_unused=True)]
            first, number = first or deleted, number + len(deleted)
        self.tell_deleted(first, number, "")
        if used:
            words = ngettext(
                "%(num)d file is in use, or in a page's history, and stays.",
                "%(num)d files are in use, or in a page's history, and stay.",
                used,
            )
            flash(words, "info")

    def require_room(self, ids: list[int], names: list[str]) -> None:
        tagging.require_room(db.session(), ids, names)

    def change_tags(self, ids: list[int], names: list[str], *, is_removed: bool) -> int:
        files = self.tagged_rows(ids)
        (tagging.remove_from if is_removed else tagging.add_to)(db.session(), files, names)
        db.session.commit()
        return len(files)

    def changed_words(self, number: int) -> str:
        return str(ngettext("%(num)d file changed.", "%(num)d files changed.", number))

    def tagged_rows(self, ids: list[int]) -> list[MediaFile]:
        return list(db.session.scalars(select(MediaFile).where(MediaFile.id.in_(ids)).order_by(MediaFile.id)))

    def offered_tags(self) -> Sequence[str]:
        return tagging.offered(db.session())
