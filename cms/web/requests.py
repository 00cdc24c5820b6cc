"""What holds for every request: how much body is taken, where files go, the language, the session."""

from __future__ import annotations

import time
from datetime import datetime
from typing import IO

from flask import Flask, Request, current_app, flash, g, redirect, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response

from cms import current
from cms.extensions import SAFE_METHODS, babel, db
from cms.http.sessions import LazySessionInterface
from cms.logs import RequestLog
from cms.media.storage.staging import StagedFile
from cms.pages.markup import markdown, plain
from cms.pages.models import kind_named, kinds
from cms.web.icons import icon
from cms.web.kinds import shown_columns
from cms.web.language import LANGUAGES, choose_language, language_attributes

#: The largest body of a request without files, in bytes.
SMALL_BODY = 2 * 2**20
#: How much larger a form may become when it is kept in the sign-in form, in bytes.
ROOM_TO_KEEP = 64 * 2**10
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
#: The most files of a request; each is an open file, and a process has not many to give.
MAX_FILES = 32
#: How long a file waits for others, after each 64 kB of it.
THROTTLE_SECONDS = 0.002


class StagingRequest(Request):
    """A request whose files are written once, straight into the staging folder, and removed if nobody keeps them."""

    max_form_memory_size = SMALL_BODY

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        files: list[StagedFile] = g.setdefault("staged_files", [])
        if len(files) >= MAX_FILES:
            raise BadRequest
        staged = current.storage().staging.receive(
            current.settings().max_upload_bytes, UploadThrottle(current_app.extensions["request_log"])
        )
        files.append(staged)
        return staged  # type: ignore[return-value]

    def _load_form_data(self) -> None:
        """Parse the form; a part without a name, which nobody could ask for, is no form's (RFC 7578, section 4.2)."""
        super()._load_form_data()
        if None in self.form or None in self.files:
            raise BadRequest


class UploadThrottle:
    """Lets others come first while a file is received: it waits for a moment if anybody was answered meanwhile.

    To receive is work without end for a processor and for Python's one lock; readers, who ask for little, would wait
    for both at every step. If there is nobody else, the file does not wait.
    """

    def __init__(self, log: RequestLog) -> None:
        self._log = log
        self._answered = log.answered

    def __call__(self) -> None:
        """Wait, if it is called for."""
        if self._answered != self._log.answered:
            self._answered = self._log.answered
            time.sleep(THROTTLE_SECONDS)


class IdConverter(IntegerConverter):
    """A row's number in an address, in one spelling. Werkzeug's own would be a server error for thousands of digits."""

    regex = "0|[1-9][0-9]{0,99}"


def init_requests(app: Flask) -> None:
    """Register the hooks. They come before those of CSRF protection, which reads the body."""
    app.url_map.converters["id"] = IdConverter
    app.request_class = StagingRequest
    app.session_interface = LazySessionInterface()
    app.config["MAX_CONTENT_LENGTH"] = SMALL_BODY
    babel.init_app(app, locale_selector=choose_language)
    app.before_request(_admit_body)
    app.teardown_request(_discard_unkept_files)
    app.jinja_env.filters["markdown"] = markdown
    app.jinja_env.filters["plain"] = plain
    app.jinja_env.filters["icon"] = icon
    app.jinja_env.filters["shown_columns"] = shown_columns
    app.jinja_env.globals["kind_named"] = kind_named
    app.jinja_env.filters["moment"] = datetime.fromisoformat
    app.jinja_env.globals["languages"] = LANGUAGES
    app.jinja_env.globals["in_language"] = language_attributes
    app.context_processor(lambda: {"site_name": current.settings().site_name, "language": choose_language()})


def _admit_body() -> Response | None:
    """Only who is signed in may send files, or anything to the admin; everybody else may send a small form."""
    is_change = request.method not in SAFE_METHODS
    if is_change and request.path.startswith("/admin/") and not current_user.is_authenticated:
        # Before a byte of the body is read: it may be slow in coming, and keep a thread from other uploads.
        is_small = (request.content_length or 0) <= SMALL_BODY - ROOM_TO_KEEP
        if is_small and request.endpoint in current_app.extensions["shown_again"] and request.mimetype in FORMS:
            # The browser sends it there once more; it is kept until somebody has signed in.
            here = (request.script_root + request.full_path).rstrip("?")
            return redirect(url_for("auth.login", next=here), 307)
        flash(gettext("You are no longer signed in. Go back to copy your text, then sign in."), "error")
        return redirect(url_for("auth.login"))
    if (request.content_length or 0) > SMALL_BODY and current_user.is_authenticated:
        files = max((len(kind.slots) for kind in kinds()), default=1)
        request.max_content_length = files * current.settings().max_upload_bytes + SMALL_BODY
    if is_change:
        # The body may take minutes to come: the look at who sends it leaves no transaction, and no lock, behind.
        db.session.rollback()
    return None


def _discard_unkept_files(_error: BaseException | None) -> None:
    """Whatever way the request ended, files that no upload row names are gone with it."""
    staged: list[StagedFile] = g.pop("staged_files", [])
    for file in staged:
        file.discard()
