"""Tells who has asked for a change which revisions it has made: a button of the message, or a script, undoes them."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, flash, request
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import select

from cms.extensions import db
from cms.pages.revision_models import Revision
from cms.pages.revisions import MADE

#: How many revisions a message offers to undo: a cookie keeps it until it is shown.
MOST = 100

#: The header of requests from a page's screen.
ASKS = "X-Screen"


#: What an answer's address names them with.
_NAMED = re.compile(r"(?<=[?&])made=[\d.]*&?")


def asked_by_script() -> bool:
    """Whether this request is from a script of a page's screen, which has all that is around a form already."""
    return ASKS in request.headers


def to_come_back() -> str:
    """The path and query of this request, to come back to; of a form that was sent, what it says itself."""
    if request.method != "GET":
        return request.form.get("url", "")
    return request.script_root + _NAMED.sub("", request.full_path).rstrip("?&")


def made() -> list[int]:
    """The ids of the revisions that this request's changes have made."""
    noted = db.session().info.get(MADE)
    if not noted:
        return []
    return list(db.session.scalars(select(Revision.id).where(Revision.id.in_(noted)).order_by(Revision.id)))


def offer(words: str) -> None:
    """The message after a change, with a button that undoes it; after a very large one, where the way back is."""
    revisions = made()
    if 0 < len(revisions) <= MOST:
        page = db.session.scalar(select(Revision.page_id).where(Revision.id == revisions[0]))
        told: Any = {"words": words, "page": page, "revisions": revisions}  # the frame makes a form of it
        flash(told, "undo")
        return
    if revisions:
        words = Markup(" ").join((words, gettext("The history of each page has what was there before.")))
    flash(words, "success")


def tell(response: Response) -> Response:
    """Name them in a header; scripts that follow a redirect see its address alone, so there as well."""
    if not asked_by_script():
        return response
    told = ".".join(map(str, made()))
    if told:
        response.headers["X-Made"] = told
        if response.location:
            response.location += f"{'&' if '?' in response.location else '?'}made={told}"
    return response
