"""Cached responses: bodies that are complete except for the counters and the site's address."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from blake3 import blake3

from cms.page_cache.gzipped import GzippedParts


@dataclass(frozen=True)
class CachedResponse:
    """A body with placeholders for its counters. ``items`` are the ids of the counters' content items, in order.

    The placeholders contain a random token, so no editor's text can contain one.
    """

    body: bytes
    token: bytes
    items: Sequence[int]

    def at(self, base: bytes) -> SplitBody:
        """The body for a site at ``base`` (``http://host``), split where the counters go."""
        return SplitBody(self.token, self.body.replace(b"base-" + self.token, base).split(b"counter-" + self.token))


class SplitBody:
    """The body of the cached response with that token, in parts. A counter goes between two parts."""

    def __init__(self, token: bytes, parts: Sequence[bytes]) -> None:
        self.token, self.parts = token, parts
        #: In bytes, without the counters.
        self.size = sum(map(len, parts))
        #: The ETag of the content without its counters, the same for every cached response with that content.
        self.etag = blake3(b"\xff".join(parts)).hexdigest(length=12)
        self._gzipped: GzippedParts | None = None

    def filled(self, counters: Sequence[int]) -> bytes:
        """The body with these counters."""
        return self._joined([b"%d" % counter for counter in counters])

    def gzipped(self, counters: Sequence[int]) -> bytes:
        """The body with these counters, compressed."""
        texts = [b"%d" % counter for counter in counters]
        body = self._joined(texts)
        digits = [*map(len, texts)]
        gzipped = self._gzipped
        if gzipped is None or gzipped.digits != digits:
            gzipped = self._gzipped = GzippedParts(self.parts, digits)
        return gzipped.filled(texts, body)

    def _joined(self, counters: Sequence[bytes]) -> bytes:
        pieces = [b""] * (2 * len(self.parts) - 1)
        pieces[::2] = self.parts
        pieces[1::2] = counters  # raises ValueError unless there is one for each gap
        return b"".join(pieces)


class CountedBody(NamedTuple):
    """A body, and its counters as one reading found them."""

    split: SplitBody
    counters: Sequence[int]


class Placeholders:
    """The placeholders of one cached response. Makes the cached response from a body with them."""

    def __init__(self) -> None:
        self._token = secrets.token_hex(12)
        self._items: list[int] = []
        #: The placeholder for the base of absolute addresses.
        self.base = f"base-{self._token}"

    def counter(self, item: int) -> str:
        """The placeholder of that item's counter. Write each one once, in the order of these calls."""
        self._items.append(item)
        return f"counter-{self._token}"

    def json(self, document: dict[str, Any]) -> CachedResponse:
        """The cached response with a JSON body. Its counters will be numbers."""
        placeholder = f"counter-{self._token}".encode()
        return self._response(orjson.dumps(document).replace(b'"%b"' % placeholder, placeholder))

    def html(self, text: str) -> CachedResponse:
        """The cached response with an HTML body."""
        return self._response(text.encode())

    def _response(self, body: bytes) -> CachedResponse:
        return CachedResponse(body, self._token.encode(), self._items)
