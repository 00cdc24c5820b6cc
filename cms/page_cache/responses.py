"""Cached responses: bodies that are complete except for the counters, the site's address and a play token."""

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

    After the counters there may be a placeholder for the end of a play token, which follows the items that it is for.
    The placeholders contain a random token, so no editor's text can contain one.
    """

    body: bytes
    token: bytes
    items: Sequence[int]

    def at(self, base: bytes) -> SplitBody:
        """The body for a site at ``base`` (``http://host``), split where the counters and the end of a token go."""
        *parts, last = self.body.replace(b"base-" + self.token, base).split(b"counter-" + self.token)
        before, _, after = last.partition(b"play-%b:" % self.token)
        if not after:
            return SplitBody(self.token, [*parts, last])
        played, _, after = after.partition(b":")
        return SplitBody(self.token, [*parts, before + played + b".", after], played)


class SplitBody:
    """The body of the cached response with that token, in parts. A counter goes between two parts.

    If there are ``played`` items, the end of their play token goes before the last part.
    """

    def __init__(self, token: bytes, parts: Sequence[bytes], played: bytes = b"") -> None:
        self.token, self.parts, self.played = token, parts, played
        #: In bytes, without what goes between the parts.
        self.size = sum(map(len, parts))
        #: The ETag of the content without its counters, the same for every cached response with that content.
        self.etag = blake3(b"\xff".join(parts)).hexdigest(length=12)
        self._gzipped: GzippedParts | None = None

    def filled(self, counters: Sequence[int], token_end: bytes = b"") -> bytes:
        """The body with these counters and that end of a token."""
        return self._joined(self._texts(counters, token_end))

    def gzipped(self, counters: Sequence[int], token_end: bytes = b"") -> bytes:
        """The body with these counters and that end of a token, compressed."""
        texts = self._texts(counters, token_end)
        body = self._joined(texts)
        lengths = [*map(len, texts)]
        gzipped = self._gzipped
        if gzipped is None or gzipped.lengths != lengths:
            gzipped = self._gzipped = GzippedParts(self.parts, lengths)
        return gzipped.filled(texts, body)

    def _texts(self, counters: Sequence[int], token_end: bytes) -> list[bytes]:
        texts = [b"%d" % counter for counter in counters]
        if self.played:
            texts.append(token_end)
        return texts

    def _joined(self, texts: Sequence[bytes]) -> bytes:
        pieces = [b""] * (2 * len(self.parts) - 1)
        pieces[::2] = self.parts
        pieces[1::2] = texts  # raises ValueError unless there is one for each gap
        return b"".join(pieces)


class CountedBody(NamedTuple):
    """A body, its counters as one reading found them, and the end of its play token, if it has one."""

    split: SplitBody
    counters: Sequence[int]
    token_end: bytes = b""


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

    def play_token(self, items: str) -> str:
        """The placeholder of a play token for these items. Write it once, after the counters."""
        return f"play-{self._token}:{items}:"

    def json(self, document: dict[str, Any]) -> CachedResponse:
        """The cached response with a JSON body. Its counters will be numbers."""
        placeholder = f"counter-{self._token}".encode()
        return self._response(orjson.dumps(document).replace(b'"%b"' % placeholder, placeholder))

    def html(self, text: str) -> CachedResponse:
        """The cached response with an HTML body."""
        return self._response(text.encode())

    def _response(self, body: bytes) -> CachedResponse:
        return CachedResponse(body, self._token.encode(), self._items)
