"""Content codings: which one a client prefers, and how bodies are compressed (RFC 9110, sections 8.4 and 12.5.3)."""

from __future__ import annotations

import gzip
from functools import lru_cache

import brotli
from flask import Response, request
from werkzeug.http import parse_accept_header

BROTLI, GZIP, IDENTITY = "br", "gzip", "identity"
#: :func:`compress` leaves bodies shorter than this, in bytes, as they are.
TOO_SHORT = 1000
# Medium levels for compression on the fly; both take about the same time.
_GZIP_LEVEL, _BROTLI_QUALITY = 6, 5


@lru_cache(maxsize=500)
def preferred(accepted: str | None, codings: tuple[str, ...]) -> str | None:
    """The coding that the client prefers, the earlier one of equals; ``None`` if it accepts none of them.

    Args:
        accepted: the ``Accept-Encoding`` header. Without it any coding is allowed, but clients that decode nothing send
            none.
        codings: the available ones, the best first. ``IDENTITY`` (no coding) comes last unless the client names it.
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
    """The data in that coding."""
    if coding == GZIP:
        return gzip.compress(data, _GZIP_LEVEL, mtime=0)
    if coding == BROTLI:
        return bytes(brotli.compress(data, quality=_BROTLI_QUALITY))
    return data


def compress(response: Response) -> Response:
    """A hook after requests: compresses the body.

    Not for the sign-in, the admin, or any body with both a secret and text from the request: the compressed length
    reveals the secret (BREACH). Sign-in and admin have CSRF tokens; errors and the documentation have no secrets, and
    are the same for everybody.
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
