"""Files that are uploaded into the library, for no item: as a form. With scripts they go by ``/uploads/``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext, ngettext
from werkzeug.datastructures import FileStorage

from cms import current
from cms.admin import permissions, reasons
from cms.admin.media_page import FilePages
from cms.extensions import db
from cms.media import guessing
from cms.media.models import Upload
from cms.messages import InvalidInput
from cms.pages import attachments
from cms.tasks import send_upload


class LibraryUpload(FilePages):
    """The form that takes files into the library."""

    @expose("/upload/", methods=("GET", "POST"))
    def upload(self) -> Any:
        """Choose files, and keep them as uploads for the library. Each that is refused is told of by its name."""
        permissions.require(self.writing)
        if request.method == "GET":
            return self.render("admin/media_upload.html")
        sent = [file for file in request.files.getlist("file") if file.filename]
        if not sent:
            flash(gettext("Choose a file first."), "error")
            return redirect(self.get_url(".upload"))
        kept = []
        for file in sent:
            try:
                kept.append(_keep(file))
            except InvalidInput as error:
                flash(f"{file.filename}: {reasons.sentence(error.sentence, error.values)}", "error")
        if not kept:
            return redirect(self.get_url(".upload"))
        words = ngettext(
            "%(num)d file is being checked, and will be in the library soon.",
            "%(num)d files are being checked, and will be in the library soon.",
            len(kept),
        )
        flash(words, "success")
        return redirect(self.get_url(".index_view"))

    def kept_words(self) -> str:
        """For how many days a file is kept that nothing shows; empty if for less than one."""
        days = int(current.settings().media_grace_seconds // timedelta(days=1).total_seconds())
        if not days:
            return ""
        return str(
            ngettext(
                "A file that nothing shows is deleted after %(num)d day.",
                "A file that nothing shows is deleted after %(num)d days.",
                days,
            )
        )


def _keep(file: FileStorage) -> Upload:
    """Keep a file that was sent as an upload, and have it processed.

    Raises:
        InvalidInput: no such file is accepted.
    """
    staged: Any = file.stream
    staged.sync()
    family, name = guessing.family(staged.path), file.filename or ""
    upload = attachments.stage_for_library(db.session(), family, name, staged.size, staged.path.name)
    db.session.commit()
    staged.keep()
    send_upload(upload.id)
    return upload
