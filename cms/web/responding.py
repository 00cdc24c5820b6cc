"""Counted responses from the cache: what the HTML and the JSON side share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import abort, current_app, request
from werkzeug.sansio.utils import get_current_url

from cms.extensions import db
from cms.services.renditions import Marks, Rendition
from cms.services.views import Count
from cms.tasks import document_cache
from cms.web.fastpath import FAULT, QUESTION, Question
from config import Settings


def respond(
    key: str,
    find_tags: Callable[[], Sequence[str] | None],
    make: Callable[[Marks], Rendition | None],
    *,
    count: bool = True,
    keep: bool = True,
) -> bytes | None:
    """The counted body of this request; HEAD counts nothing. See :meth:`cms.caching.DocumentCache.respond`.

    What it asks Redis must follow from the address and the language alone: :mod:`cms.web.fastpath` will ask the same.
    """
    base = _base()
    count_as = Count.VIEW if count and request.method != "HEAD" else Count.NOTHING

    def make_anew() -> Rendition | None:
        # An end to what find_tags began: the generations were read after it, so a document from its view of the
        # database could be older than they are, and would be kept.
        db.session.rollback()
        rendition = make(Marks())
        db.session.rollback()  # and its connection is free for whoever counts
        return rendition

    if fault := request.environ.get(FAULT):
        return document_cache().respond_without(db.engine, make_anew, fault, base=base, count=count_as)
    if keep:
        request.environ[QUESTION] = Question(key, base, count_as)
    return document_cache().respond(db.engine, key, find_tags, make_anew, base=base, count=count_as, keep=keep)


def _base() -> bytes:
    """Where this site is, as the client called it."""
    try:
        url = get_current_url(request.scheme, request.host)
    except ValueError:
        abort(400)  # like an IPv6 address that is none
    if not request.host:
        abort(400)  # of letters that no name has
    return url.rstrip("/").encode()


def settings() -> Settings:
    """The current app's settings."""
    found: Settings = current_app.config["SETTINGS"]
    return found
