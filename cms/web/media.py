"""Finished files, and what was made of them. An address never changes its bytes, so they are cached for good.

nginx may serve those on the local disk instead; an object store may have an address of its own for each.

The type comes from the extension, which was chosen from the bytes when the file was stored.
"""

from __future__ import annotations

import re
from functools import partial

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response as BaseResponse

from cms import current
from cms.extensions import db
from cms.http.delivery import Representation, ServedFile
from cms.media import folder_marks
from cms.media.derivatives.models import PATH, TYPES
from cms.media.mediatypes import BY_EXTENSION, is_document
from cms.web.errors import media_away

media = Blueprint("media", __name__)

# Nothing else in the folder is served, least of all the staging folder.
_PATH = re.compile(r"\d{4}/\d\d/\d\d/[a-z_0-9]+/[^/.][^/]*$")

#: A media file may be played or viewed, and may do nothing else.
POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
_HEADERS = [
    ("Cache-Control", f"public, max-age={365 * 24 * 3600}, immutable"),
    ("Content-Security-Policy", POLICY),
]


class _Answer(Response):
    """An answer of :class:`ServedFile`. Without a body it has no type: Flask would call it HTML in some language."""

    default_mimetype = None


@media.get("/media/<path:path>")
def file(path: str) -> BaseResponse:
    """One media file; its tag is the digest's start, which its name ends in."""
    stem, _, extension = path.rpartition(".")
    if not _PATH.match(path) or extension not in BY_EXTENSION:
        abort(404)
    media_type = BY_EXTENSION[extension]
    # A document is saved: no browser opens one in a page that may do nothing.
    headers = [*_HEADERS, ("Content-Disposition", "attachment")] if is_document(media_type) else _HEADERS
    return _stored(folder_marks.MEDIA, path, stem.rpartition("-")[2], media_type.mime, headers)


@media.get("/derived/<path:path>")
def derived_file(path: str) -> BaseResponse:
    """One file of a derivative; its tag is the token of the work that made it, with the file's name there."""
    found = PATH.fullmatch(path)
    if not found or found["extension"] not in TYPES:
        abort(404)
    tag = f"{found['token']}-{found['name']}-{found['extension']}"
    return _stored(folder_marks.DERIVED, path, tag, TYPES[found["extension"]], _HEADERS)


def _stored(folder: str, path: str, tag: str, mime_type: str, own_headers: list[tuple[str, str]]) -> BaseResponse:
    """A stored file, or where its store hands it out."""
    storage = current.storage()
    store = storage.media if folder == folder_marks.MEDIA else storage.derived
    try:
        if address := store.url(path):
            elsewhere = redirect(address)
            elsewhere.headers["Cache-Control"] = "no-store"  # the address may hold for a while only
            return elsewhere
        found = store.stat(path)
        if found is None:
            folder_marks.check(db.session(), store, folder)
            abort(404)
        stored = Representation(partial(store.open, path), found.size, tag)
        content_type = get_content_type(mime_type, "utf-8")
        served = ServedFile([stored], content_type, found.modified, own_headers)
        status, headers, body = served.answer(request.environ)
    except (FileNotFoundError, IsADirectoryError):
        abort(404)
    except OSError as error:
        return media_away(error)
    return _Answer(body, status, headers, direct_passthrough=True)
