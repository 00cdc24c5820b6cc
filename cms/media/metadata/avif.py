"""The boxes and items of an AVIF (ISO/IEC 14496-12, sections 8.11.3 and 8.11.6, and 23008-12).

Offsets in the file lead to the pixels. So nothing is taken out: private bytes are overwritten where they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from cms.media.boxes import MAX_WITHIN, Box, boxes
from cms.media.metadata.orientation import only_orientation
from cms.messages import N_, InvalidInput

_IN_FILE = {b"ftyp", b"meta", b"mdat", b"moov"}
# Boxes within others that have nothing to do with the pixels.
_PRIVATE = {b"uuid", b"udta", b"free", b"skip", b"xml ", b"bxml"}
_PRIVATE_ITEMS = {b"Exif", b"mime", b"uri "}
_NO_EXIF = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"
_IN_FILE_ITSELF, _IN_IDAT = 0, 1

# What is written, and where.
_Patch = tuple[int, bytes]


class _Reader:
    """The file as :func:`boxes` reads it."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._place = data, 0

    def read(self, count: int, /) -> bytes:
        self._place += count
        return bytes(self._data[self._place - count : self._place])

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._place = offset
        return offset


def kept(data: memoryview) -> Iterator[bytes | memoryview]:
    """The whole file, with private items and boxes overwritten.

    Raises:
        InvalidInput: what says where the items are cannot be read.
    """
    try:
        patches = sorted(_patches(data))
    except (IndexError, KeyError) as error:
        raise InvalidInput(N_("This picture cannot be read. It may be damaged or incomplete.")) from error
    start = 0
    for place, replacement in patches:
        if place >= start:
            yield data[start:place]
            yield replacement
            start = place + len(replacement)
    yield data[start:]


def _patches(data: memoryview) -> Iterator[_Patch]:
    found = list(boxes(_Reader(data), 0, len(data), MAX_WITHIN))
    for box in found:
        if box.type not in _IN_FILE:
            yield from _emptied(data, box)
        elif box.type == b"meta":
            yield from _in_meta(data, box)
        elif box.type == b"moov":
            yield from _in_movie(data, box)
    end = found[-1].end if found else 0
    if end < len(data):
        yield end, bytes(len(data) - end)


def _in_movie(data: memoryview, movie: Box) -> Iterator[_Patch]:
    for box in _within(data, movie):
        if box.type in _PRIVATE or box.type == b"meta":
            yield from _emptied(data, box)
        elif box.type == b"trak":
            yield from _in_movie(data, box)


def _in_meta(data: memoryview, meta: Box) -> Iterator[_Patch]:
    inner = list(_within(data, meta, skip=4))
    for box in inner:
        if box.type in _PRIVATE:
            yield from _emptied(data, box)
    by_type = {box.type: box for box in inner}
    if not {b"iinf", b"iloc"} <= by_type.keys():
        return
    private = dict(_private_items(data, by_type[b"iinf"]))
    in_place = by_type.get(b"idat")
    for item, method, extents in _locations(data, by_type[b"iloc"]):
        if item not in private:
            continue
        if method == _IN_IDAT and in_place:
            extents = [(in_place.start + offset, length) for offset, length in extents]
        elif method != _IN_FILE_ITSELF:
            raise KeyError(method)
        yield from _overwritten(data, private[item], extents)


def _overwritten(data: memoryview, kind: bytes, extents: list[tuple[int, int]]) -> Iterator[_Patch]:
    """An item with nothing in it, as long as it was."""
    pieces = [(offset, data[offset : offset + length] if length else data[offset:]) for offset, length in extents]
    content = b"".join(piece for _, piece in pieces)
    empty = b""
    if kind == b"Exif":
        exif = content[4 + int.from_bytes(content[:4]) :]
        empty = bytes(4) + (only_orientation(exif) or _NO_EXIF)
    empty = empty[: len(content)].ljust(len(content), b"\0" if kind == b"Exif" else b" ")
    for offset, piece in pieces:
        yield offset, empty[: len(piece)]
        empty = empty[len(piece) :]


def _private_items(data: memoryview, box: Box) -> Iterator[tuple[int, bytes]]:
    """The numbers of the private items, and their types."""
    start = box.start + (6 if data[box.start] == 0 else 8)
    for entry in boxes(_Reader(data), start, min(box.end, len(data))):
        wide = 4 if data[entry.start] >= 3 else 2
        number = int.from_bytes(data[entry.start + 4 : entry.start + 4 + wide])
        kind = bytes(data[entry.start + 6 + wide : entry.start + 10 + wide])
        if kind in _PRIVATE_ITEMS:
            yield number, kind


def _locations(data: memoryview, box: Box) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Of each item its number, its construction method, and where its bytes are: offsets and lengths."""
    place, version = box.start + 4, data[box.start]

    def number(size: int) -> int:
        nonlocal place
        place += size
        if place > min(box.end, len(data)):
            raise IndexError(place)
        return int.from_bytes(data[place - size : place])

    sizes = number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else _IN_FILE_ITSELF
        number(2)  # the file that the bytes are in: this one
        base = number(base_size)
        extents = []
        for _ in range(number(2)):
            number(index_size if version else 0)
            extents.append((base + number(offset_size), number(length_size)))
        yield item, method, extents


def _emptied(data: memoryview, box: Box) -> Iterator[_Patch]:
    """A box of the same size with nothing in it."""
    header = 8 if bytes(data[box.start - 4 : box.start]) == box.type else 16
    length = min(box.end, len(data)) - box.start
    yield box.start - header + 4, b"free"
    yield box.start, bytes(max(0, length))


def _within(data: memoryview, box: Box, skip: int = 0) -> Iterator[Box]:
    return boxes(_Reader(data), box.start + skip, min(box.end, len(data)), MAX_WITHIN)
