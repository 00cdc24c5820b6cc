"""Another file in the place of one, everywhere: chosen or uploaded, with a list of what changes, and undone."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext, ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from cms.admin import library, permissions, reasons
from cms.admin.media_bulk import BulkActions
from cms.cleaning import clean_line
from cms.extensions import db
from cms.media import mediatypes
from cms.media.families import family_of
from cms.media.models import MediaFile, Upload
from cms.messages import N_, InvalidInput
from cms.pages import attachments, replacing, text_files
from cms.pages.pages import parse_id
from cms.pages.replacement_models import Replacement
from cms.pages.usage import uses_of
from cms.tasks import send_upload

#: How many files are offered, and how many uses are listed.
OFFERED, LISTED = 12, 100


class ReplacingPages(BulkActions):
    """The steps of replacing a file."""

    @expose("/replace/", methods=("GET", "POST"))
    def replace(self) -> Any:
        """Choose the successor; with one, see what changes and confirm it."""
        file = self.get_one(request.values.get("id", ""))
        if file is None:
            flash(gettext("There is no such file."), "error")
            return redirect(self.get_url(".index_view"))
        permissions.require(self.writing)  # before a file is chosen, and sent in vain
        refused, upload, successor = "", None, None
        try:
            if request.method == "POST" and "with" not in request.form:
                return redirect(self.get_url(".replace", id=file.id, upload=_receive(file)))
            upload = _named(Upload, "upload")
            successor = _named(MediaFile, "with") or (upload.media_file if upload else None)
            if successor is not None:
                replacing.check(file, successor)
            if request.method == "POST":
                return self._carry_out(file, successor)
        except InvalidInput as error:
            db.session.rollback()
            refused = reasons.sentence(error.sentence, error.values)
            successor = successor if error.sentence == replacing.CHANGED else None
        search = clean_line(request.args.get("search", ""))
        rendered: str = self.render(
            "admin/media_replace.html",
            model=file,
            successor=successor,
            upload=upload,
            refused=refused,
            count=replacing.count_places(db.session(), [file.id])[file.id],
            uses=uses_of(db.session(), file.id, 0, LISTED),
            named=text_files.naming(db.session(), file.id, LISTED),
            accept=mediatypes.accepted(family_of(file)),
            search=search,
            offered=library.offered(db.session(), search, family_of(file), limit=OFFERED, without=file.id),
        )
        return rendered

    @expose("/replace/undo/", methods=("POST",))
    def undo_replacement(self) -> Response:
        """Put a file back where its successor is still shown."""
        replacement = db.session.get(Replacement, parse_id(request.form.get("replacement", "")) or 0)
        if replacement is None:
            flash(gettext("This cannot be undone any more."), "error")
            return redirect(self.get_url(".index_view"))
        back = redirect(self.get_url(".details_view", id=replacement.media_file_id))
        try:
            done, left = replacing.undo(db.session(), replacement, current_user.email)
            db.session.commit()
        except InvalidInput as error:
            db.session.rollback()
            flash(reasons.sentence(error.sentence, error.values), "error")
            return back
        flash(undone_words(done, left), "success")
        return back

    def _carry_out(self, file: MediaFile, successor: MediaFile | None) -> Response:
        if successor is None:
            raise InvalidInput(N_("Choose a file first."))
        expected = parse_id(request.form.get("count", "")) or 0
        made = replacing.replace(db.session(), file, successor, current_user.email, expected)
        db.session.commit()
        words = ngettext(
            "“%(title)s” is shown in %(num)d place now.",
            "“%(title)s” is shown in %(num)d places now.",
            expected,
            title=str(successor),
        )
        told: Any = {"words": words, "replacement": made.id}  # the frame makes a form of it
        flash(told, "replaced")
        return redirect(self.get_url(".details_view", id=successor.id))


def undone_words(done: int, left: int) -> str:
    """In how many places a file is back, and in how many not."""
    words = str(ngettext("The file is back in %(num)d place.", "The file is back in %(num)d places.", done))
    if left:
        words += " " + ngettext(
            "%(num)d place shows something else by now, and stays as it is.",
            "%(num)d places show something else by now, and stay as they are.",
            left,
        )
    return words


def _named(model: Any, name: str) -> Any:
    """The row that the address or the form names, if it names one."""
    if name not in request.values:
        return None
    return db.session.get(model, parse_id(request.values[name]) or 0) or abort(404)


def _receive(file: MediaFile) -> int:
    """Keep a file that was sent as an upload for the library, and return the upload's id."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput(N_("Choose a file first."))
    staged: Any = sent.stream
    upload = attachments.stage_for_library(db.session(), family_of(file), sent.filename, staged.size, staged.path.name)
    db.session.commit()
    staged.keep()
    send_upload(upload.id)
    return upload.id
