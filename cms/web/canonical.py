"""Canonical addresses: other spellings of an address redirect to it, and a missing page is 404 at once.

Other spellings have an extra, missing or encoded slash, capitals, or zeros before an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from flask import Flask, abort, request
from flask.globals import request_ctx
from flask_babel import gettext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from cms import current
from cms.extensions import db
from cms.http.address import NO_HOST, OTHER_HOST, REFUSED
from cms.pages import pages


def init_canonical(app: Flask) -> None:
    """Register the hook. No other hook may come before it."""
    app.before_request(_refuse)


def _refuse() -> None:
    """Refuse requests for another site, and those that Werkzeug would answer or redirect under another spelling.

    The 404 handler looks for the canonical spelling.
    """
    asked, reason = request.environ["PATH_INFO"], request.environ.get(REFUSED)
    if reason == NO_HOST:
        abort(400, gettext("The request does not say which host it is for."))
    if reason == OTHER_HOST:
        abort(
            400, gettext("This site is at %(address)s and has no other address.", address=current.settings().site_url)
        )
    is_redirected = isinstance(request.routing_exception, RequestRedirect)
    if reason or is_redirected or "//" in asked or "%2F" in asked:
        abort(404)


def canonical_address() -> str | None:
    """The canonical address, with the query, if the request spells it differently.

    ``None`` if there is none. It is a path that never starts with two slashes, which would lead to another host.
    """
    adapter = request_ctx.url_adapter
    asked = request.environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    if adapter is None or REFUSED in request.environ or "\0" in asked:
        return None
    for path in _spellings(asked):
        if path != asked and _is_there(adapter, path):
            query = request.query_string.decode("latin-1")
            return request.script_root + quote(path) + (f"?{query}" if query else "")
    return None


def _spellings(asked: str) -> Iterator[str]:
    parts = [part for part in asked.replace("%2F", "/").split("/") if part]
    for spelled in (parts, [re.sub("^0+(?=[0-9]+$)", "", part.lower()) for part in parts]):
        path = "/" + "/".join(spelled)
        yield from (f"{path}/", path) if spelled else "/"


def _is_there(adapter: MapAdapter, path: str) -> bool:
    try:
        endpoint, values = adapter.match(path, request.method)
    except HTTPException:
        return False
    match endpoint:
        case "site.page":
            return pages.page_id(db.session(), values["slug"]) is not None
        case "api.page_detail":
            return pages.is_published(db.session(), values["page_id"])
    return not values
