"""Renditions: response bodies that are finished but for their counters and this site's address."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from blake3 import blake3

from cms.page_cache.gzipped import GzippedParts


@dataclass(frozen=True)
class Rendition:
    """A body with marks in it. ``items`` are the content items whose counters it shows, in the order of the marks.

    The marks contain a random token, so no editor's text can contain one.
    """

    body: bytes
    token: bytes
    items: Sequence[int]

    def cut(self, base: bytes) -> CutBody:
        """The body with ``base`` (``http://host``) where absolute addresses begin, cut where its counters go."""
        return CutBody(self.token, self.body.replace(b"base-" + self.token, base).split(b"counter-" + self.token))


class CutBody:
    """The body of the rendition with that token, in parts: a counter goes between each two."""

    def __init__(self, token: bytes, parts: Sequence[bytes]) -> None:
        self.token, self.parts = token, parts
        #: Without its counters, in bytes.
        self.size = sum(map(len, parts))
        #: The opaque tag of the content without its counters, the same for each rendition of that content.
        self.etag = blake3(b"\xff".join(parts)).hexdigest(length=12)
        self._gzipped: GzippedParts | None = None

    def filled(self, counters: Sequence[int]) -> bytes:
        """The body with the counters."""
        return self._joined([b"%d" % counter for counter in counters])

    def gzipped(self, counters: Sequence[int]) -> bytes:
        """The body with the counters, compressed."""
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
        pieces[1::2] = counters  # as many as there are gaps, or it is an error
        return b"".join(pieces)


class CountedBody(NamedTuple):
    """A body, and its counters as one reading has found them."""

    cut: CutBody
    counters: Sequence[int]


class Marks:
    """Marks for one rendition, and the rendition made of a body that has them."""

    def __init__(self) -> None:
        self._token = secrets.token_hex(12)
        self._items: list[int] = []
        #: Stands where an absolute address begins.
        self.base = f"base-{self._token}"

    def counter(self, item: int) -> str:
        """The mark of that item's counter: to be written once, in the order in which they are asked for."""
        self._items.append(item)
        return f"counter-{self._token}"

    def json(self, document: dict[str, Any]) -> Rendition:
        """A JSON body; the counters in it will be numbers."""
        mark = f"counter-{self._token}".encode()
        return self._rendition(orjson.dumps(document).replace(b'"%b"' % mark, mark))

    def html(self, text: str) -> Rendition:
        """An HTML body."""
        return self._rendition(text.encode())

    def _rendition(self, body: bytes) -> Rendition:
        return Rendition(body, self._token.encode(), self._items)
