"""Plays: a player on a page of the site says that a play has begun. docs/counting.md says when that is."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask_babel import gettext
from werkzeug.exceptions import ServiceUnavailable

from cms import current
from cms.extensions import csrf
from cms.http.readers import count_of
from cms.pages.pages import parse_id
from cms.view_counts.buffer import Count
from cms.view_counts.counter import COUNTING_ERRORS
from cms.view_counts.play_tokens import TokenError
from cms.web.errors import RETRY_AFTER

plays = Blueprint("plays", __name__)


@plays.post("/plays/")
@csrf.exempt  # the token is the permission; no session is looked at
def count() -> Response:
    """Count one play of ``item``, which the page with ``token`` shows.

    It is answered 204 if, and only if, this request has counted it. After a 503, or no answer, the same request may be
    sent again.
    """
    token, item = request.form.get("token"), parse_id(request.form.get("item", ""))
    if not token or item is None:
        abort(400, gettext("Send the item's id and the page's token."))
    if count_of(request.environ) is not Count.VIEW:
        abort(403, gettext("Plays by bots are not counted."))
    page_views = current.page_views()
    try:
        nonce = page_views.play_tokens.nonce(token, item)
        is_new = page_views.counter.count_play(item, nonce)
    except TokenError as error:
        abort(403, gettext(str(error)))
    except COUNTING_ERRORS as error:
        sentence = gettext("The play cannot be counted at the moment. Please try again in a moment.")
        raise ServiceUnavailable(sentence, retry_after=RETRY_AFTER) from error
    if not is_new:
        abort(409, gettext("This play has been counted already."))
    return Response(status=204)
