"""Errors: problem+json (RFC 9457) for clients of the API, a page for everyone else, and no internals for anyone."""

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
from cms.web.requests import SMALL_BODY

log = structlog.get_logger(__name__)

#: How much of a refused body is read and thrown away, so that the client hears the answer (RFC 9112, section 9.6).
DRAINED = 256 * 2**20
#: Seconds after which a client may try again when the database was away.
RETRY_AFTER = 5


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
    """Any error that has a status of its own; a 404 leads to where the thing is, if that is elsewhere on this site."""
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
    """A form without its token, or with that of a session that has ended: nothing of it is done.

    Forms that people fill in are shown again with what was sent; ``shown_again`` has how, by their endpoints. Not if
    a page of another site sent it.
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
    """More bytes than the site takes: in a file, in a text, or from somebody who may send neither."""
    if not current_user.is_authenticated:
        return _answer(413, gettext("The form is too large. To send files, sign in first."))
    _drain()
    if isinstance(error, TooLarge) or (request.content_length or 0) > (request.max_content_length or 0):
        limit = round(current.settings().max_upload_bytes / 2**20, 3)
        return _answer(413, gettext("The file is too large: at most %(limit)g MB is allowed.", limit=limit))
    return _answer(413, gettext("The text is too long: at most %(limit)g MB is allowed.", limit=SMALL_BODY / 2**20))


def not_storable(_error: Exception) -> Response:
    """Text that the database cannot hold or look for: a NUL, on PostgreSQL."""
    return _answer(400, gettext("The request could not be understood."))


def database_away(error: DBAPIError) -> Response:
    """The database does not answer, or has no room."""
    if is_disk_full(error):
        return no_room(error)
    log.error("database_away", error=str(error.orig))
    # Whether its last commit went through is not known: files that it received are left to recovery.
    g.pop("staged_files", None)
    response = _answer(503, gettext("The site cannot reach its database. Please try again in a moment."))
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def too_busy(_error: PoolTimeout) -> Response:
    """Every connection to the database is in use, and has been for a while."""
    return http_error(ServiceUnavailable())


def gone_meanwhile(_error: Exception) -> Response:
    """What is to be changed was deleted between its reading and its writing."""
    return _answer(409, gettext("Somebody else has deleted this in the meantime. Nothing was changed."))


def disk_fault(error: OSError) -> Response:
    """A file that cannot be read or written."""
    return no_room(error) if is_disk_full(error) else unexpected(error)


def no_room(error: Exception) -> Response:
    """The disk is full. What was received of a file goes with the request."""
    log.error("no_room", error=str(error))
    _drain()
    return _answer(507, gettext("The disk is full."))


def unexpected(error: Exception) -> Response:
    """A fault of ours: told to the log with its trace, to the client without."""
    log.exception("unexpected", exc_info=error)
    return _answer(500, gettext("Something went wrong on the site. The error has been logged."))


def _answer(status: int, detail: str, errors: Sequence[ParameterError] = ()) -> Response:
    title = HTTP_STATUS_CODES.get(status, "Error")
    # (Without an adapter the Host is no name: there is nothing that a page could link to.)
    if f"{request.path}/".lower().startswith("/api/") or request_ctx.url_adapter is None:
        problem: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        if errors:
            problem["errors"] = errors
        return compress(Response(orjson.dumps(problem), status, mimetype="application/problem+json"))
    return compress(Response(render_template("errors/error.html", status=status, title=title, detail=detail), status))


def _detail(error: HTTPException) -> str:
    """What our code said when it gave up, or a sentence of ours for the status."""
    # (What the limiter says of a 429 are its own numbers.)
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
    """Read on for a while: an editor's browser that is cut off while sending never reads why."""
    left = min(request.content_length or 0, DRAINED)
    stream = request.environ["wsgi.input"]
    try:
        while left > 0 and (part := stream.read(min(left, 2**20))):
            left -= len(part)
    except OSError:
        pass
