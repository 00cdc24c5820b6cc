"""The language of the interface, English or Russian: from the switch, or else from the browser."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import get_locale
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from cms.pages.languages import direction
from cms.web.redirects import safe_target

language = Blueprint("language", __name__)

LANGUAGES = {"en": "English", "ru": "Русский"}
COOKIE = "language"
YEAR = 365 * 24 * 3600


def choose_language() -> str:
    """The language of this request: from the switch's cookie, or else the one that the browser prefers."""
    chosen = request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else max(LANGUAGES, key=_preference)


def _preference(code: str) -> tuple[float, int]:
    """How much the browser prefers a language. Of two equal ones the first listed comes first.

    A range stands for the language of its first subtag (``ru-RU`` is Russian), and ``*`` for unnamed languages
    (RFC 9110, section 12.5.4). An unnamed language is still better than one that is refused with ``q=0``.
    """
    for place, (accepted, quality) in enumerate(request.accept_languages):  # sorted by preference, ``*`` last
        if accepted == "*" or re.split("[-_]", accepted.lower())[0] == code:
            return (quality, -place) if quality else (-1, 0)
    return 0, 0


@language.after_app_request
def say_language(response: Response) -> Response:
    """Add ``Content-Language`` and ``Vary`` to pages and problems."""
    if response.mimetype in ("text/html", "application/problem+json"):
        response.headers.setdefault("Content-Language", str(get_locale()))
        response.vary.update(("Accept-Language", "Cookie"))
    return response


def language_attributes(tag: str) -> Markup:
    """The attributes of an element with text in that language: the content's, or the reader's within it."""
    return Markup('lang="{}" dir="{}"').format(tag, direction(tag))


@language.get("/language/<code>")
def switch(code: str) -> AnyResponse:
    """Remember the language and redirect to where the visitor was."""
    if code not in LANGUAGES:
        abort(404)
    return remember_language(code, redirect(safe_target(request.args.get("next"), url_for("site.index"))))


def remember_language(code: str, response: AnyResponse) -> AnyResponse:
    """Have the browser keep a language."""
    response.set_cookie(
        COOKIE, code, max_age=YEAR, path=url_for("site.index"), samesite="Lax", secure=request.is_secure
    )
    return response
