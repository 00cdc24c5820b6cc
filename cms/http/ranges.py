"""Byte ranges: parsing them and reading their bytes (RFC 9110, section 14)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import BinaryIO

#: The positions of the first and the last byte.
Range = tuple[int, int]

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


class Section:
    """A section of a file, as a file.

    Servers like gunicorn let the kernel send it: ``Content-Length`` bytes from the descriptor's position. Other servers
    read it.
    """

    def __init__(self, file: BinaryIO, first: int, size: int) -> None:
        file.seek(first)
        self._file, self._left = file, size
        self.fileno, self.seek, self.close = file.fileno, file.seek, file.close

    def read(self, size: int = -1) -> bytes:
        """Read at most ``size`` bytes."""
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


class Multipart:
    """Several ranges as one body, ``multipart/byteranges`` (section 14.6)."""

    def __init__(self, ranges: Sequence[Range], size: int, content_type: str) -> None:
        boundary = secrets.token_hex(16)  # random, so that the file cannot contain it
        self.content_type = f"multipart/byteranges; boundary={boundary}"
        self._parts = []
        delimiter = f"--{boundary}\r\n"
        for first, last in ranges:
            head = f"{delimiter}Content-Type: {content_type}\r\nContent-Range: bytes {first}-{last}/{size}\r\n\r\n"
            self._parts.append((head.encode(), first, last - first + 1))
            delimiter = f"\r\n--{boundary}\r\n"
        self._end = f"\r\n--{boundary}--\r\n".encode()
        #: The length of the body.
        self.length = sum(len(head) + length for head, _, length in self._parts) + len(self._end)

    def read(self, file: BinaryIO) -> Iterator[bytes]:
        """Yield the body, block by block, and close the file."""
        with file:
            for head, first, length in self._parts:
                yield head
                section = Section(file, first, length)
                while block := section.read(BLOCK_SIZE):
                    yield block
            yield self._end
