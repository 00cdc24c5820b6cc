"""What is done with many media files at a time: tags, deletion of what nothing shows, derivatives made again."""

from __future__ import annotations

from itertools import chain
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.helpers import get_redirect_target
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import select

from cms.admin import reasons
from cms.admin.media_trash import FileDeletion
from cms.admin.selecting import MOST, PORTION
from cms.extensions import db
from cms.media import tagging
from cms.media.derivatives import deriving
from cms.media.models import MediaFile
from cms.media.references import is_referenced
from cms.messages import N_, InvalidInput
from cms.tasks import send_derivatives


class BulkActions(FileDeletion):
    """The actions of the library's list."""

    @action("tag", lazy_gettext("Tag…"))
    def action_tag(self, ids: list[int]) -> str:
        """Ask for the tags."""
        return self._asked_for_tags(ids, get_redirect_target() or self.get_url(".index_view"))

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

    @expose("/tag/", methods=("POST",))
    def tag(self) -> Any:
        """Give tags to files, or take them."""
        back = get_redirect_target() or self.get_url(".index_view")
        try:
            ids, changed = self.asked_ids(), 0
        except InvalidInput as error:
            flash(reasons.sentence(error.sentence, error.values), "error")
            return redirect(back)
        try:
            names = tagging.parse(request.form.get("tags", ""))
            if not names:
                raise InvalidInput(N_("Write at least one tag."))
            if not (is_removed := request.form.get("what") == "remove"):
                tagging.require_room(db.session(), ids, names)  # before the first of them has the tags
            for some in self.portions(ids):
                files = _files(some)
                (tagging.remove_from if is_removed else tagging.add_to)(db.session(), files, names)
                db.session.commit()
                changed += len(files)
        except InvalidInput as error:
            db.session.rollback()
            if changed:  # somebody else gave tags to one of the others meanwhile
                flash(_changed(changed), "success")
            return self._asked_for_tags(ids, back, reasons.sentence(error.sentence, error.values))
        flash(_changed(changed), "success")
        return redirect(back)

    def _asked_for_tags(self, ids: list[int], back: str, refused: str = "") -> str:
        rendered: str = self.render(
            "admin/media_tag.html",
            files=_files(ids[:PORTION]),
            number=min(len(ids), MOST),
            asked_again=self.asked_again(),
            return_url=back,
            refused=refused,
            tags=request.form.get("tags", ""),
            what=request.form.get("what", "add"),
            offered=tagging.offered(db.session()),
        )
        return rendered


def _changed(number: int) -> str:
    return str(ngettext("%(num)d file changed.", "%(num)d files changed.", number))


def _files(ids: list[int]) -> list[MediaFile]:
    return list(db.session.scalars(select(MediaFile).where(MediaFile.id.in_(ids)).order_by(MediaFile.id)))
