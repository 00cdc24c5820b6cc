"""What applies to every request: the limits of its body, where its files go, language and session."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import IO, Any
from urllib.parse import quote

from flask import Flask, Request, abort, current_app, flash, g, redirect, request, url_for
from flask_babel import gettext
from flask_login import current_user
from jinja2 import pass_context
from jinja2.runtime import Context
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response

from cms import current
from cms.accounts import policy
from cms.accounts.policy import Permission
from cms.extensions import SAFE_METHODS, babel, db
from cms.http import units
from cms.http.sessions import LazySessionInterface
from cms.http.throttling import UploadThrottle
from cms.media.clock import clock
from cms.media.storage.staging import StagedFile
from cms.pages import captions, chapters
from cms.pages.markup import markdown, plain
from cms.pages.models import kind_named
from cms.pages.pages import is_pictured, is_played
from cms.pages.players import player
from cms.web.icons import icon
from cms.web.kinds import shown_columns
from cms.web.language import LANGUAGES, choose_language, language_attributes
from cms.web.previews import preview

#: The largest body of a request without files, in bytes.
SMALL_BODY = 2 * 2**20
#: How much a form may grow when it is kept in the sign-in form, in bytes.
ROOM_TO_KEEP = 64 * 2**10
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
#: The most that an editor sends in a form without files, in bytes: long texts, encoded.
LARGE_FORM = 16 * 2**20
#: Types of bodies of which files go to the disk as they arrive.
FILE_BODIES = ("multipart/form-data", "application/offset+octet-stream")
#: What stays as it is in an address's query.
PRINTED = bytes(range(128)).decode()
#: The most files in a request. Each is an open file, and a process may open only so many.
MAX_FILES = 32


class StagingRequest(Request):
    """A request whose files are written once, straight into the staging folder, and removed unless they are kept."""

    max_form_memory_size = SMALL_BODY

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not self.query_string.isascii():  # Werkzeug refuses raw bytes that are no UTF-8, with an error of its own
            self.query_string = quote(self.query_string, safe=PRINTED).encode()

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        files: list[StagedFile] = g.setdefault("staged_files", [])
        if len(files) >= MAX_FILES:
            raise BadRequest(gettext("At most %(number)d files can be sent at once.", number=MAX_FILES))
        staged = current.storage().staging.receive(
            current.settings().max_upload_bytes, UploadThrottle(current_app.extensions["request_log"])
        )
        files.append(staged)
        return staged  # type: ignore[return-value]

    def _load_form_data(self) -> None:
        """Parse the form. Every part must have a name (RFC 7578, section 4.2)."""
        super()._load_form_data()
        if None in self.form or None in self.files:
            raise BadRequest


class IdConverter(IntegerConverter):
    """An id in an address, in one spelling. Werkzeug's own converter fails on thousands of digits."""

    regex = "0|[1-9][0-9]{0,99}"


@pass_context
def _markdown(context: Context, text: str, heading: int = 2) -> str:
    """A text as HTML, with the pictures that the page's texts show."""
    return markdown(text, heading, context.get("pictures"))


def init_requests(app: Flask) -> None:
    """Register the hooks. They come before those of CSRF protection, which reads the body."""
    app.url_map.converters["id"] = IdConverter
    app.request_class = StagingRequest
    app.session_interface = LazySessionInterface()
    app.config["MAX_CONTENT_LENGTH"] = SMALL_BODY
    babel.init_app(app, locale_selector=choose_language)
    app.before_request(_admit_body)
    app.teardown_request(_discard_unkept_files)
    app.jinja_env.filters["markdown"] = _markdown
    app.jinja_env.filters["plain"] = plain
    app.jinja_env.filters["icon"] = icon
    app.jinja_env.filters["captions"] = captions.of
    app.jinja_env.filters["chapters"] = chapters.of
    app.jinja_env.filters["chapters_path"] = chapters.track_path
    app.jinja_env.tests |= {"played": is_played, "pictured": is_pictured}
    app.jinja_env.filters["shown_columns"] = shown_columns
    app.jinja_env.globals["kind_named"] = kind_named
    app.jinja_env.filters["player"] = partial(player, allowed=app.config["SETTINGS"].embed_hosts)
    app.jinja_env.filters["size"] = units.size
    app.jinja_env.filters["pages"] = units.pages
    app.jinja_env.filters["clock"] = clock
    app.jinja_env.filters["preview"] = preview
    app.jinja_env.filters["moment"] = datetime.fromisoformat
    app.jinja_env.globals["hls_is_on"] = app.config["SETTINGS"].hls
    app.jinja_env.globals["languages"] = LANGUAGES
    app.jinja_env.globals["in_language"] = language_attributes
    app.context_processor(lambda: {"site_name": current.settings().site_name, "language": choose_language()})


def _admit_body() -> Response | None:
    """Let only editors who are signed in send files, or anything to the admin. Others may send small forms."""
    is_change = request.method not in SAFE_METHODS
    is_resumable = request.blueprint == "resumable"  # the admin's
    if is_resumable and request.method != "OPTIONS" and not current_user.is_authenticated:
        abort(401, gettext("You are no longer signed in. Sign in, and the upload goes on."))
    if is_change and request.path.startswith("/admin/") and not current_user.is_authenticated:
        # Before the body is read: it may arrive slowly, and would keep the thread from other uploads.
        is_small = (request.content_length or 0) <= SMALL_BODY - ROOM_TO_KEEP
        if is_small and request.endpoint in current_app.extensions["shown_again"] and request.mimetype in FORMS:
            # The browser sends the form again to the sign-in, which keeps it until the editor has signed in.
            here = (request.script_root + request.full_path).rstrip("?")
            return redirect(url_for("auth.login", next=here), 307)
        flash(gettext("You are no longer signed in. Go back to copy your text, then sign in."), "error")
        return redirect(url_for("auth.login"))
    # Other bodies are read into memory. (The length of a resumable one may be unknown.)
    is_large = is_resumable or (request.content_length or 0) > SMALL_BODY
    if is_large and request.mimetype in (*FILE_BODIES, *FORMS) and _may_send_files():
        of_files = MAX_FILES * current.settings().max_upload_bytes + SMALL_BODY
        request.max_content_length = of_files if request.mimetype in FILE_BODIES else LARGE_FORM
    if is_change:
        # The body may take minutes to arrive. The check of the user must not leave a transaction, or its lock, open.
        db.session.rollback()
    return None


def _may_send_files() -> bool:
    return current_user.is_authenticated and policy.may(current_user, Permission.WRITE)


def _discard_unkept_files(_error: BaseException | None) -> None:
    """Remove the received files that no upload row names, however the request ended."""
    staged: list[StagedFile] = g.pop("staged_files", [])
    for file in staged:
        file.discard()
