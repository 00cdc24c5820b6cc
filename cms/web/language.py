"""English or Russian: by the switch, else by the browser."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from cms.web.redirects import safe_target

language = Blueprint("language", __name__)

LANGUAGES = {"en": "English", "ru": "Русский"}
COOKIE = "language"
YEAR = 365 * 24 * 3600


def choose_language() -> str:
    """The language of this request: the cookie that the switch sets, else the browser's best."""
    chosen = request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES)) or "en"


@language.get("/language/<code>")
def switch(code: str) -> Response:
    """Remember the language and go back to where the visitor was."""
    if code not in LANGUAGES:
        abort(404)
    response = redirect(safe_target(request.args.get("next"), url_for("site.index")))
    response.set_cookie(
        COOKIE, code, max_age=YEAR, path=url_for("site.index"), samesite="Lax", secure=request.is_secure
    )
    return response
