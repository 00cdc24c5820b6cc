"""Finished files. The bytes at an address never change, so clients may cache them forever. nginx may serve them.

The type comes from the extension, which was chosen from the bytes when the file was stored.
"""

from __future__ import annotations

import errno
import re
import stat
from functools import partial
from io import FileIO

from flask import Blueprint, Response, abort, request
from werkzeug.utils import get_content_type

from cms import current
from cms.http.delivery import Representation, ServedFile
from cms.media.mediatypes import BY_EXTENSION

media = Blueprint("media", __name__)

# Nothing else in the folder is served, least of all the staging folder.
_PATH = re.compile(r"\d{4}/\d\d/\d\d/[a-z_0-9]+/[^/.][^/]*$")

#: A media file may be played or viewed, and may do nothing else.
POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
_HEADERS = [
    ("Cache-Control", f"public, max-age={365 * 24 * 3600}, immutable"),
    ("Content-Security-Policy", POLICY),
]


@media.get("/media/<path:path>")
def file(path: str) -> Response:
    """One media file. Its ETag is the start of the digest, with which the file's name ends."""
    storage = current.storage()
    stem, _, extension = path.rpartition(".")
    if not _PATH.match(path) or extension not in BY_EXTENSION:
        abort(404)
    found = storage.media(path)
    try:
        facts = found.stat()
        if not stat.S_ISREG(facts.st_mode):
            abort(404)
        stored = Representation(partial(FileIO, found), facts.st_size, stem.rpartition("-")[2])
        content_type = get_content_type(BY_EXTENSION[extension].mime, "utf-8")
        served = ServedFile([stored], content_type, facts.st_mtime, _HEADERS)
        status, headers, body = served.answer(request.environ)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in _NOT_THERE:
            raise
        abort(404)  # (ValueError: the name contains a NUL)
    return Response(body, status, headers, direct_passthrough=True)
