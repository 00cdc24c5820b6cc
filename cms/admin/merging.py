"""Files that people think are the same are made one: which of them stays is chosen after a look at all of them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.helpers import get_redirect_target
from flask_babel import gettext, lazy_gettext, ngettext
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from cms.admin import reasons
from cms.admin.formatters import row_name
from cms.admin.replacing import ReplacingPages, undone_words
from cms.extensions import db
from cms.media.models import MediaFile
from cms.messages import InvalidInput
from cms.pages import merging, replacing
from cms.pages.pages import parse_id
from cms.pages.replacement_models import Replacement


class MergingPages(ReplacingPages):
    """The steps of merging files."""

    @action("merge", lazy_gettext("Merge…"))
    def action_merge(self, ids: list[int]) -> str:
        """Show the files, so that one of them is chosen."""
        return self._asked(self.selected(ids))

    @expose("/merge/", methods=("POST",))
    def merge(self) -> Any:
        """Merge the files that were named in ``rowid`` into the one that ``stays``."""
        session, files = db.session(), self.selected(_ids("rowid"))
        stays = next((file for file in files if [file.id] == _ids("stays")), None)
        try:
            merging.check(files, stays)
            told: dict[int, int] = {file.id: parse_id(request.form.get(f"count-{file.id}", "")) or 0 for file in files}
            expected = sum(told[file.id] for file in files if file is not stays)
            made = merging.merge(session, files, stays or files[0], current_user.email, expected)
            session.commit()
        except InvalidInput as error:
            session.rollback()
            return self._asked(files, reasons.sentence(error.sentence, error.values), stays)
        words = ngettext(
            "“%(title)s” stays, %(num)d file is in the trash.",
            "“%(title)s” stays, %(num)d files are in the trash.",
            len(made.files),
            title=str(stays),
        )
        undo: Any = {  # the frame makes a form of it
            "words": words,
            "replacements": [replacement.id for replacement in made.replacements],
            "rows": [row_name(file) for file in made.files],
        }
        flash(undo, "merged")
        return redirect(self.get_url(".details_view", id=stays.id if stays else 0))

    @expose("/merge/undo/", methods=("POST",))
    def undo_merge(self) -> Response:
        """Put the files back."""
        session = db.session()
        files = session.scalars(select(MediaFile).where(MediaFile.id.in_(_ids("file")))).all()
        chosen = select(Replacement).where(Replacement.id.in_(_ids("replacement"))).order_by(Replacement.id)
        try:
            done, left = merging.undo(session, session.scalars(chosen).all(), files, current_user.email)
            session.commit()
            flash(undone_words(done, left) if done or left else gettext("The files are back."), "success")
        except InvalidInput as error:
            session.rollback()
            flash(reasons.sentence(error.sentence, error.values), "error")
        return redirect(get_redirect_target() or self.get_url(".index_view"))

    def _asked(self, files: list[MediaFile], refused: str = "", stays: MediaFile | None = None) -> str:
        counts = replacing.count_places(db.session(), [file.id for file in files])
        best = max(files, key=lambda file: (counts[file.id], file.size), default=None)
        rendered: str = self.render(
            "admin/media_merge.html",
            files=files,
            counts=counts,
            stays=stays or best,
            refused=refused or (_why_not(files, best) if files else ""),
        )
        return rendered


def _why_not(files: list[MediaFile], stays: MediaFile | None) -> str:
    """Why these files cannot be merged; empty if they can."""
    try:
        merging.check(files, stays)
    except InvalidInput as error:
        return reasons.sentence(error.sentence, error.values)
    return ""


def _ids(name: str) -> list[int]:
    """The ids that a form has under that name."""
    sent = (text.rpartition("-")[2] for text in request.form.getlist(name))
    return [number for text in sent if (number := parse_id(text))]
