"""What holds for every request: how much body is taken, where files go, the language, the security headers."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import IO

from flask import Flask, Request, Response, current_app, g, request
from flask_login import current_user

from cms.extensions import babel
from cms.models import kinds
from cms.services.markup import markdown, plain
from cms.services.storage import StagedFile, Storage
from cms.web.language import LANGUAGES, choose_language
from cms.web.responding import settings

#: The largest body of a request without files, in bytes.
SMALL_BODY = 2 * 2**20


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
        storage: Storage = current_app.extensions["storage"]
        staged = storage.receive(settings().max_upload_bytes)
        g.setdefault("staged_files", []).append(staged)
        return staged  # type: ignore[return-value]


def init_requests(app: Flask) -> None:
    """Register the hooks. They come before those of CSRF protection, which reads the body."""
    app.request_class = StagingRequest
    babel.init_app(app, locale_selector=choose_language)
    app.before_request(_limit_body)
    app.after_request(_set_headers)
    app.teardown_request(_discard_unkept_files)
    app.jinja_env.filters["markdown"] = markdown
    app.jinja_env.filters["plain"] = plain
    app.jinja_env.filters["moment"] = datetime.fromisoformat
    app.jinja_env.globals.update(csp_nonce=csp_nonce, languages=LANGUAGES)
    app.context_processor(lambda: {"site_name": settings().site_name, "language": choose_language()})


def csp_nonce() -> str:
    """The nonce of this response's inline scripts. Asked for only by the pages that have one."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _limit_body() -> None:
    """Files are for those who are signed in; everybody else may send a small form."""
    request.max_content_length = SMALL_BODY
    if (request.content_length or 0) > SMALL_BODY and current_user.is_authenticated:
        files = max((len(kind.slots) for kind in kinds()), default=1)
        request.max_content_length = files * settings().max_upload_bytes + SMALL_BODY


def _set_headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "DENY")
    if "Content-Security-Policy" not in response.headers:
        response.headers["Content-Security-Policy"] = _policy()
    return response


def _policy() -> str:
    scripts = f"'self' 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'self'"
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self'; img-src 'self' data:; "
        "media-src 'self' https: http:; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def _discard_unkept_files(_error: BaseException | None) -> None:
    """Whatever way the request ended, files that no upload row names are gone with it."""
    staged: list[StagedFile] = g.pop("staged_files", [])
    for file in staged:
        file.discard()
