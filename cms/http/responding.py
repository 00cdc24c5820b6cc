"""Counted responses: what the HTML and the JSON side share of Flask's half of a page view."""

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
    """The response to this request, counted as :func:`count_of` says; HEAD and signed-in editors count nothing.

    What it asks Redis must follow from the address, the language and :func:`count_of` alone: :mod:`cms.http.fastpath`
    will ask the same. A session may end at any moment, with its cookie living on, so a request with one always comes
    here.
    """
    base = _base()
    if "If-Match" in request.headers and not request.if_match.star_tag:
        return Response(status=412)  # tags are compared strongly (RFC 9110, section 13.1.1), and these are weak
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
    db.session.rollback()  # the connection is free for whoever counts
    return signed_in


def _base() -> bytes:
    """Where this site is, as the client called it."""
    try:
        url = get_current_url(request.scheme, request.host)
    except ValueError:
        abort(400)  # like an IPv6 address that is none
    if not request.host or request.scheme not in ("http", "https"):
        abort(400)  # of letters that no name has; a proxy that passes on what a client claims
    return url.rstrip("/").encode()
