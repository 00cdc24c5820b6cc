"""Counted responses from the cache: what the HTML and the JSON side share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from flask import current_app, request
from werkzeug.sansio.utils import get_current_url

from cms.extensions import db
from cms.services.renditions import Marks, Rendition
from cms.tasks import document_cache
from config import Settings


def respond(
    key: str,
    find_tags: Callable[[], Sequence[str] | None],
    make: Callable[[Marks], Rendition | None],
    *,
    count: bool = True,
) -> bytes | None:
    """The counted body of this request; HEAD counts nothing. See :meth:`cms.caching.DocumentCache.respond`."""

    def make_anew() -> Rendition | None:
        # An end to what find_tags began: the generations were read after it, so a document from its view of the
        # database could be older than they are, and would be kept.
        db.session.rollback()
        return make(Marks())

    return document_cache().respond(
        db.engine,
        key,
        find_tags,
        make_anew,
        base=_base(request.scheme, request.host),
        count=count and request.method != "HEAD",
    )


@lru_cache(maxsize=256)
def _base(scheme: str, host: str) -> bytes:
    """``http://host``, as the browser's address bar would have it in a link."""
    return get_current_url(scheme, host).rstrip("/").encode()


def settings() -> Settings:
    """The current app's settings."""
    found: Settings = current_app.config["SETTINGS"]
    return found
