"""Errors: problem+json (RFC 9457) for API clients, a page for everyone else. Neither shows internals."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import orjson
import structlog
from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge, ServiceUnavailable
from werkzeug.http import HTTP_STATUS_CODES

from cms import current
from cms.errors import is_disk_full
from cms.extensions import limiter
from cms.http.codings import compress
from cms.http.parameters import BadParameters, ParameterError
from cms.media.storage.staging import TooLarge
from cms.web.canonical import canonical_address
from cms.web.requests import FILE_BODIES, SMALL_BODY

log = structlog.get_logger(__name__)

#: How much of a refused body is read and discarded, so that the client gets the answer (RFC 9112, section 9.6).
DRAINED = 256 * 2**20
#: Seconds after which a client may try again if the database or the media store does not answer.
RETRY_AFTER = 5
#: Addresses that programs ask for, and not people.
FOR_PROGRAMS = ("/api/", "/plays/", "/uploads/")


def init_errors(app: Flask) -> None:
    """Register the handlers."""
    app.extensions["shown_again"] = {}
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(CSRFError, csrf_error)
    app.register_error_handler(RequestEntityTooLarge, too_large)
    app.register_error_handler(TooLarge, too_large)
    app.register_error_handler(DataError, not_storable)
    app.register_error_handler(OperationalError, database_away)
    app.register_error_handler(InterfaceError, database_away)
    app.register_error_handler(PoolTimeout, too_busy)
    app.register_error_handler(StaleDataError, gone_meanwhile)
    app.register_error_handler(ObjectDeletedError, gone_meanwhile)
    app.register_error_handler(OSError, disk_fault)
    app.register_error_handler(Exception, unexpected)


def http_error(error: HTTPException) -> Response:
    """Answer an error that has a status. Instead of 404, redirect to the canonical address if there is one."""
    if error.code == 404:
        try:
            if address := canonical_address():
                return Response(status=308, headers={"Location": address})
        except SQLAlchemyError as away:
            return current_app.make_response(current_app.handle_user_exception(away))
    response = _answer(error.code or 500, _detail(error), error.errors if isinstance(error, BadParameters) else ())
    if error.code == 429 and (limit := limiter.current_limit):
        response.retry_after = max(1, math.ceil(limit.window.reset_time - time.time()))
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def csrf_error(error: CSRFError) -> Response:
    """Refuse a form without a token, or with the token of a session that has ended.

    Forms that people fill in are shown again with what was sent, by the functions in ``shown_again``, unless a page of
    another site sent them.
    """
    show_again = current_app.extensions["shown_again"].get(request.endpoint)
    if show_again and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin":
        response = make_response(show_again())
        response.status_code = 400
        return response
    return _answer(
        400, gettext("The form is too old or did not come from this site. Go back, reload the page and send it again.")
    )


def too_large(error: Exception) -> Response:
    """Refuse too many bytes: in a file, in a text, or from a client that may send neither."""
    most_text = gettext("The text is too long: at most %(limit)g MB is allowed.", limit=SMALL_BODY / 2**20)
    has_files = request.mimetype in FILE_BODIES
    if not current_user.is_authenticated:
        return _answer(413, gettext("The form is too large. To send files, sign in first.") if has_files else most_text)
    _drain()
    is_refused = (request.content_length or 0) > (request.max_content_length or 0)
    if isinstance(error, TooLarge) or (has_files and is_refused):
        limit = round(current.settings().max_upload_bytes / 2**20, 3)
        return _answer(413, gettext("The file is too large: at most %(limit)g MB is allowed.", limit=limit))
    return _answer(413, most_text)


def not_storable(_error: Exception) -> Response:
    """Refuse text that the database cannot store or compare, such as a NUL on PostgreSQL."""
    return _answer(400, gettext("The request could not be understood."))


def database_away(error: DBAPIError) -> Response:
    """The database does not answer, or its disk is full."""
    if is_disk_full(error):
        return no_room(error)
    log.error("database_away", error=str(error.orig))
    # It is unknown whether the last commit went through, so the received files are left to recovery.
    g.pop("staged_files", None)
    return _unavailable(gettext("The site cannot reach its database. Please try again in a moment."))


def media_away(error: OSError) -> Response:
    """The media store cannot be reached."""
    log.error("media_away", error=str(error))
    return _unavailable(gettext("The site cannot reach its media files. Please try again in a moment."))


def too_busy(_error: PoolTimeout) -> Response:
    """Every database connection has been in use for a while."""
    return http_error(ServiceUnavailable())


def gone_meanwhile(_error: Exception) -> Response:
    """The row was deleted between reading and writing it."""
    return _answer(409, gettext("Somebody else has deleted this in the meantime. Nothing was changed."))


def disk_fault(error: OSError) -> Response:
    """A file cannot be read or written."""
    return no_room(error) if is_disk_full(error) else unexpected(error)


def no_room(error: Exception) -> Response:
    """The disk is full. The end of the request removes what was received of a file."""
    log.error("no_room", error=str(error))
    _drain()
    return _answer(507, gettext("The disk is full."))


def unexpected(error: Exception) -> Response:
    """A fault of the program. The log gets the traceback, the client does not."""
    log.exception("unexpected", exc_info=error)
    return _answer(500, gettext("Something went wrong on the site. The error has been logged."))


def _unavailable(detail: str) -> Response:
    response = _answer(503, detail)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _answer(status: int, detail: str, errors: Sequence[ParameterError] = ()) -> Response:
    title = HTTP_STATUS_CODES.get(status, "Error")
    # (There is no adapter if the Host is invalid; then a page could not link to anything.)
    if f"{request.path}/".lower().startswith(FOR_PROGRAMS) or request_ctx.url_adapter is None:
        problem: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        if errors:
            problem["errors"] = errors
        return compress(Response(orjson.dumps(problem), status, mimetype="application/problem+json"))
    return compress(Response(render_template("errors/error.html", status=status, title=title, detail=detail), status))


def _detail(error: HTTPException) -> str:
    """The sentence that our code aborted with, or our sentence for the status."""
    # (The description of a 429 is only the limiter's numbers.)
    if error.code != 429 and error.description and error.description != type(error).description:
        return error.description
    sentences = {
        400: gettext("The request could not be understood."),
        403: gettext("You may not do this."),
        404: gettext("There is nothing at this address."),
        405: gettext("This address does not accept %(method)s requests.", method=request.method),
        429: gettext("Too many attempts. Please wait a minute and try again."),
        InternalServerError.code: gettext("Something went wrong on the site. The error has been logged."),
        ServiceUnavailable.code: gettext("The site is busy. Please try again in a moment."),
    }
    return str(sentences.get(error.code or 500) or error.description)


def _drain() -> None:
    """Read on for a while: a browser that is cut off while sending never reads the answer."""
    left = min(request.content_length or 0, DRAINED)
    stream = request.environ["wsgi.input"]
    try:
        while left > 0 and (part := stream.read(min(left, 2**20))):
            left -= len(part)
    except OSError:
        pass
