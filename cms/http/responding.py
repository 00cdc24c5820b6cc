"""Counted responses: the Flask side of a page view, shared by HTML and JSON."""

from __future__ import annotations

from flask import Response, abort, current_app, request
from flask_login import current_user
from werkzeug.sansio.utils import get_current_url

from cms import current
from cms.extensions import db
from cms.http.counted import represent
from cms.http.fastpath import ERROR, READING
from cms.http.readers import count_of
from cms.page_views import Reading, Shown
from cms.view_counts.buffer import Count


def respond(shown: Shown, content_type: str, *, counts: bool = True) -> Response | None:
    """The response to this request, counted by :func:`count_of`. HEAD and signed-in editors count nothing.

    What it asks Redis must depend on the address, the language and :func:`count_of` alone, because
    :mod:`cms.http.fastpath` will ask the same. A session may end while its cookie remains, so a request with a session
    always comes here.
    """
    base = _base()
    if "If-Match" in request.headers and not request.if_match.star_tag:
        return Response(status=412)  # If-Match compares strongly (RFC 9110, section 13.1.1), and these ETags are weak
    has_session = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    is_counted = counts and request.method != "HEAD" and not (has_session and _is_editor())
    reading = Reading(shown.key, base, count_of(request.environ) if is_counted else Count.NOTHING)
    page_views = current.page_views()
    if error := request.environ.get(ERROR):
        counted = page_views.view_without_redis(shown, reading, error)
    else:
        if shown.keep and not has_session:
            request.environ[READING] = reading
        counted = page_views.view(shown, reading)
    if counted is None:
        return None
    status, headers, body = represent(counted, request.environ)
    response = Response(body, status, headers, content_type=content_type)
    response.vary.add("Accept-Encoding")
    return response


def _is_editor() -> bool:
    """Whether the reader is signed in."""
    signed_in = bool(current_user.is_authenticated)
    db.session.rollback()  # frees the connection for counting
    return signed_in


def _base() -> bytes:
    """The base URL of the site, as the client addressed it."""
    try:
        url = get_current_url(request.scheme, request.host)
    except ValueError:
        abort(400)  # such as an invalid IPv6 address
    if not request.host or request.scheme not in ("http", "https"):
        abort(400)  # a host with invalid characters, or a scheme that a proxy passed on unchecked
    return url.rstrip("/").encode()
