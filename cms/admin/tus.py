"""The headers of tus 1.0, the protocol of resumable uploads: https://tus.io/protocols/resumable-upload

What they mean is not known here: that is :mod:`cms.admin.resumable`.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from datetime import datetime
from typing import NoReturn

from flask import Request, Response, abort
from flask_babel import gettext
from werkzeug.http import http_date

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination"
#: The type of all bodies with bytes of a file.
CONTENT_TYPE = "application/offset+octet-stream"


def check_version(request: Request) -> Response | None:
    """Refuse other versions of the protocol, and clients that do not speak it."""
    if request.headers.get("Tus-Resumable") == VERSION:
        return None
    refused = Response(status=412)
    refused.headers["Tus-Version"] = VERSION
    return refused


def offered(max_size: int) -> Response:
    """What this server can do."""
    response = Response(status=204)
    response.headers["Tus-Version"] = VERSION
    response.headers["Tus-Extension"] = EXTENSIONS
    response.headers["Tus-Max-Size"] = str(max_size)
    return response


def number(request: Request, name: str) -> int:
    """A header that must be a number of bytes."""
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # more would not fit into a column
        abort(400, gettext("The header %(name)s must be a number of bytes.", name=name))
    return int(text)


def has_bytes(request: Request) -> bool:
    """Whether the body has bytes of the file. Other bodies than those are refused."""
    is_empty = request.content_length == 0 or (request.content_length is None and not _is_chunked(request))
    if request.mimetype != CONTENT_TYPE and not is_empty:
        refuse_type()
    return not is_empty


def metadata(request: Request) -> dict[str, str]:
    """What the client says of the file."""
    found = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = b64decode(value, validate=True).decode("utf-8", "replace")
        except binascii.Error:
            abort(400, gettext("The header %(name)s is not encoded as it should be.", name="Upload-Metadata"))
    return found


def tell(response: Response, offset: int, expires_at: datetime | None) -> Response:
    """Say in an answer how much has arrived, and until when the rest may follow."""
    response.headers["Upload-Offset"] = str(offset)
    if expires_at:
        response.headers["Upload-Expires"] = http_date(expires_at)
    return response


def refuse_type() -> NoReturn:
    """Refuse a body that is not bytes of a file."""
    abort(415, gettext("The body must be of the type %(type)s.", type=CONTENT_TYPE))


def _is_chunked(request: Request) -> bool:
    return "chunked" in request.headers.get("Transfer-Encoding", "").lower()
