"""Finished files. An address never changes its bytes, so they are cached for good; nginx may serve them instead.

The type comes from the extension, which was chosen from the bytes when the file was stored.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, current_app, send_from_directory

from cms.services.mediatypes import BY_EXTENSION
from cms.services.storage import Storage

media = Blueprint("media", __name__)

# Nothing else that may lie in the folder is served, the staging folder least of all.
_PATH = re.compile(r"\d{4}/\d\d/\d\d/[a-z_0-9]+/[^/.][^/]*$")

#: A media file may play and may be looked at, and may do nothing else.
POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


@media.get("/media/<path:path>")
def file(path: str) -> Response:
    """One media file, whole or in ranges (RFC 9110, section 14), with a strong ETag."""
    storage: Storage = current_app.extensions["storage"]
    stem, _, extension = path.rpartition(".")
    if not _PATH.match(path) or extension not in BY_EXTENSION:
        abort(404)
    response = send_from_directory(
        storage.media_root,
        path,
        mimetype=BY_EXTENSION[extension].mime,
        etag=stem.rpartition("-")[2],  # the name ends in the digest's start: that is the bytes' own tag
        max_age=365 * 24 * 3600,
    )
    response.cache_control.no_cache = None
    response.cache_control.public = True
    response.cache_control.immutable = True
    response.headers["Content-Security-Policy"] = POLICY
    return response
