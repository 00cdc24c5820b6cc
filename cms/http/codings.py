"""Content codings: which one a client prefers, and how bodies are compressed (RFC 9110, sections 8.4 and 12.5.3)."""

from __future__ import annotations

import gzip
from functools import lru_cache

import brotli
from flask import Response, request
from werkzeug.http import parse_accept_header

BROTLI, GZIP, IDENTITY = "br", "gzip", "identity"
#: What :func:`compress` leaves as it is, in bytes.
TOO_SHORT = 1000
# What is compressed while somebody waits for it: gzip's and Brotli's own middle, at about the same speed.
_GZIP_LEVEL, _BROTLI_QUALITY = 6, 5


@lru_cache(maxsize=500)
def preferred(accepted: str | None, codings: tuple[str, ...]) -> str | None:
    """The one of ``codings`` that the client likes best, the earlier one of equals; ``None`` if it takes none of them.

    Args:
        accepted: its ``Accept-Encoding``. Without one any coding would do, but clients that decode nothing send none.
        codings: ours, the best first. ``IDENTITY`` is the body as it is: it comes last unless the client names it.
    """
    if accepted is None:
        return IDENTITY if IDENTITY in codings else codings[0]
    accept = parse_accept_header(accepted)

    def quality(coding: str) -> float:
        is_named = any(name.lower() in (coding, "*") for name, _ in accept)
        return accept.quality(coding) if is_named or coding != IDENTITY else 0.0001

    best = max(codings, key=quality)
    return best if quality(best) else None


def compressed(data: bytes, coding: str) -> bytes:
    """The bytes in that coding."""
    if coding == GZIP:
        return gzip.compress(data, _GZIP_LEVEL, mtime=0)
    if coding == BROTLI:
        return bytes(brotli.compress(data, quality=_BROTLI_QUALITY))
    return data


def compress(response: Response) -> Response:
    """A hook after requests: sends the body compressed.

    Not for sign-in and admin, nor for anything that has a secret and a word of the request's in one body: from the
    length of what is compressed the secret can be guessed (BREACH). They have CSRF tokens; errors and the documentation
    have none, and are the same for everybody.
    """
    if response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    body = response.get_data()
    if len(body) < TOO_SHORT:
        return response
    response.vary.add("Accept-Encoding")
    coding = preferred(request.headers.get("Accept-Encoding"), (BROTLI, GZIP, IDENTITY)) or IDENTITY
    if coding != IDENTITY:
        response.set_data(compressed(body, coding))
        response.headers["Content-Encoding"] = coding
    return response
