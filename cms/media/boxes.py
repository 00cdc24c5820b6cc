"""The boxes that MP4, QuickTime and HEIF files are made of (ISO/IEC 14496-12, section 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

#: The most boxes read in a file (a day of video has fewer fragments) and within a box (a video has fewer tracks).
MAX_BOXES, MAX_WITHIN = 200_000, 100
#: The longest list of brands that is read, in bytes.
_FTYP_BYTES = 1024


class Readable(Protocol):
    """A seekable binary file."""

    def read(self, count: int, /) -> bytes:
        """At most ``count`` bytes; none at the end."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to ``offset``."""


@dataclass(frozen=True)
class Box:
    """One box: its type, where its contents begin, and where it says that it ends."""

    type: bytes
    start: int
    end: int


def read_at(file: Readable, offset: int, count: int) -> bytes:
    """Up to ``count`` bytes from ``offset`` on; fewer only at the end of the file."""
    file.seek(offset)
    data = b""
    while len(data) < count and (more := file.read(count - len(data))):
        data += more
    return data


def boxes(file: Readable, start: int, end: int, most: int = MAX_BOXES) -> Iterator[Box]:
    """At most ``most`` boxes between two offsets. The last one may claim to end beyond ``end``."""
    for _ in range(most):
        head = read_at(file, start, 16) if end - start >= 8 else b""
        if len(head) < 8:
            return
        size, header = int.from_bytes(head[:4]), 8
        if size == 1:
            size, header = int.from_bytes(head[8:16]), 16
        elif size == 0:
            size = end - start
        if size < header or min(head[4:8]) < 0x20:  # not a box, but what follows the last
            return
        yield Box(head[4:8], start + header, start + size)
        start += size


def brands(file: Readable, size: int) -> list[bytes]:
    """The major brand and the compatible ones; empty if the file does not begin with a list of them."""
    first = next(boxes(file, 0, size), None)
    if first is None or first.type != b"ftyp":
        return []
    data = read_at(file, first.start, min(first.end - first.start, _FTYP_BYTES))
    return [data[:4], *(data[start : start + 4] for start in range(8, len(data) - 3, 4))]


def track_types(file: Readable, size: int) -> set[bytes]:
    """What the tracks hold: ``vide`` moving pictures, ``soun`` sound, ``pict`` pictures, and others."""
    found = [box for box in boxes(file, 0, size) if box.type == b"moov"][:1]
    for inner in (b"trak", b"mdia", b"hdlr"):
        within = (boxes(file, box.start, min(box.end, size), MAX_WITHIN) for box in found)
        found = [box for each in within for box in each if box.type == inner]
    return {read_at(file, handler.start + 8, 4) for handler in found}
