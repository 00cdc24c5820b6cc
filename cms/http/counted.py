"""Sends a counted body in the coding that the client prefers, or 304 if the client has the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.http import parse_etags

from cms.http.codings import BROTLI, GZIP, IDENTITY, compressed, preferred
from cms.page_cache.responses import CountedBody

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Headers = list[tuple[str, str]]

OK, NOT_MODIFIED = "200 OK", "304 Not Modified"
#: Each reading is counted here, so no cache in between may answer. A browser that stored a body with counters would
#: show the old ones again after a 304. Clients that keep the ETag themselves may still revalidate.
WITH_COUNTERS, WITHOUT_COUNTERS = "private, no-store", "private, no-cache"
#: Gzip comes first: most of a gzipped body is compressed in advance.
CODINGS = (GZIP, BROTLI, IDENTITY)
#: Bodies smaller than this, in bytes, are sent as they are: they fit into one packet.
SMALLEST_COMPRESSED = 500


def represent(counted: CountedBody, environ: WSGIEnvironment) -> tuple[str, Headers, bytes]:
    """Status, the headers of this response alone, and body (RFC 9110, sections 8.8.3, 12.5.3 and 13.1.2).

    The ETag is weak: all counters and codings share it. A 304 is counted like any other response, because a client
    that asks whether the page has changed reads it again.
    """
    split, counters, token_end = counted
    headers = [("ETag", f'W/"{split.etag}"'), ("Cache-Control", WITH_COUNTERS if counters else WITHOUT_COUNTERS)]
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and parse_etags(known).contains_weak(split.etag):
        return NOT_MODIFIED, headers, b""
    coding = IDENTITY
    if split.size >= SMALLEST_COMPRESSED:
        coding = preferred(environ.get("HTTP_ACCEPT_ENCODING"), CODINGS) or IDENTITY
    filled = split.gzipped if coding == GZIP else split.filled
    body = filled(counters, token_end)
    if coding not in (GZIP, IDENTITY):
        body = compressed(body, coding)
    headers.append(("Content-Length", str(len(body))))
    if coding != IDENTITY:
        headers.append(("Content-Encoding", coding))
    return OK, headers, body
