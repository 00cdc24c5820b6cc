"""The application for tests of the web server. It serves a file, its release, or a summary of the request."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

#: More than the sockets of both ends can buffer.
FILE_BYTES = 2**25
FILE = Path("file")  # in the server's own folder
FILE.write_bytes(os.urandom(FILE_BYTES))
#: Read once, like the code of a release.
RELEASE = os.environ.get("RELEASE", "").encode()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Length", str(FILE_BYTES))])
        return environ["wsgi.file_wrapper"](FILE.open("rb"))
    received = len(environ["wsgi.input"].read())
    word = RELEASE if environ["PATH_INFO"] == "/release" else b"%d bytes" % received
    start_response("200 OK", [("Content-Length", str(len(word)))])
    return [word]
