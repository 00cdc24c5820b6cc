"""What the tests of the web server ask for: a file, the release that answers, or a word about what they have sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

#: More than the sockets of both ends hold.
FILE_BYTES = 2**25
FILE = Path("file")  # in the server's own folder
FILE.write_bytes(os.urandom(FILE_BYTES))
#: Read once, as the code of a release is.
RELEASE = os.environ.get("RELEASE", "").encode()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Length", str(FILE_BYTES))])
        return environ["wsgi.file_wrapper"](FILE.open("rb"))
    received = len(environ["wsgi.input"].read())
    word = RELEASE if environ["PATH_INFO"] == "/release" else b"%d bytes" % received
    start_response("200 OK", [("Content-Length", str(len(word)))])
    return [word]
