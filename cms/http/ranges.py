"""Byte ranges: what a client asks for, and several of them as one body (RFC 9110, section 14)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from cms.media.storage.store import Readable

#: The positions of the first and the last byte.
Range = tuple[int, int]
#: Opens the bytes of a file from the first position to before the second.
OpenRange = Callable[[int, int], Readable]

#: A request for more ranges gets the whole file (section 14.2).
MAX_RANGES = 10
#: How many bytes are read at a time.
BLOCK_SIZE = 2**16
# (A longer number is no position in any file.)
_RANGE = re.compile(r"([0-9]{0,30})-([0-9]{0,30})")


def asked_ranges(header: str, size: int) -> list[Range] | None:
    """The ranges that a ``Range`` header asks for, within ``size`` bytes. An empty list means 416.

    ``None`` if the header is to be ignored: a unit other than bytes, a syntax error, too many ranges, or overlapping
    ranges (sections 14.1 and 14.2).
    """
    unit, _, listed = header.partition("=")
    asked = [stripped for part in listed.split(",") if (stripped := part.strip(" \t"))]
    if unit.strip().lower() != "bytes" or not asked or not size:
        return None
    found = []
    for one in asked:
        match = _RANGE.fullmatch(one)
        if match is None or one == "-":
            return None
        first, last = match[1], match[2]
        if first and last and int(first) > int(last):
            return None
        begin = int(first) if first else size - min(int(last), size)
        end = min(int(last), size - 1) if first and last else size - 1
        if begin <= end:
            found.append((begin, end))
    if len(found) > MAX_RANGES or any(later[0] <= earlier[1] for earlier, later in pairwise(sorted(found))):
        return None
    return found


class Multipart:
    """Several ranges as one body, ``multipart/byteranges`` (section 14.6)."""

    def __init__(self, ranges: Sequence[Range], size: int, content_type: str) -> None:
        boundary = secrets.token_hex(16)  # random, so that the file cannot contain it
        self.content_type = f"multipart/byteranges; boundary={boundary}"
        self._parts = []
        delimiter = f"--{boundary}\r\n"
        for first, last in ranges:
            head = f"{delimiter}Content-Type: {content_type}\r\nContent-Range: bytes {first}-{last}/{size}\r\n\r\n"
            self._parts.append((head.encode(), first, last + 1))
            delimiter = f"\r\n--{boundary}\r\n"
        self._end = f"\r\n--{boundary}--\r\n".encode()
        #: The length of the body.
        self.length = sum(len(head) + end - start for head, start, end in self._parts) + len(self._end)

    def read(self, open_range: OpenRange) -> Iterator[bytes]:
        """The body, block by block. Each range is opened when its turn comes, but the first one at once.

        Raises:
            OSError: the file cannot be opened.
        """
        first = open_range(*self._parts[0][1:])
        return self._blocks(first, open_range)

    def _blocks(self, file: Readable, open_range: OpenRange) -> Iterator[bytes]:
        for number, (head, start, end) in enumerate(self._parts):
            yield head
            with file if number == 0 else open_range(start, end) as opened:
                while block := opened.read(BLOCK_SIZE):
                    yield block
        yield self._end
