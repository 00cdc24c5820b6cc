"""What reviewers see of a page, by a link that an editor has made."""

from __future__ import annotations

from flask import Blueprint, abort, make_response
from flask_babel import gettext
from werkzeug.wrappers import Response

from cms.http import reviewing

review = Blueprint("review", __name__)


@review.get("/review/<token>/")
def page(token: str) -> Response:
    """The page as visitors will see it, with the changes that wait."""
    found = reviewing.page_for(token)
    if found is None:
        abort(
            404,
            gettext("This link has expired, or it never led to a page. Ask the editor who sent it for another one."),
        )
    answer = make_response(reviewing.as_html(found, is_editor=False))
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address is a secret
    return answer
