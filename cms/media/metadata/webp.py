"""The chunks of a WebP (RFC 9649)."""

from __future__ import annotations

from collections.abc import Iterator

from cms.media.metadata.orientation import PREFIX, only_orientation

# Where the chunks begin in the file, and where those of a frame begin in its chunk.
_CHUNKS, _OF_FRAME = 12, 16
_IN_FILE = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_IN_FRAME = {b"VP8 ", b"VP8L", b"ALPH"}
# What VP8X says the file has.
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def kept(data: memoryview) -> Iterator[bytes | memoryview]:
    """The chunks that have to do with the pixels, and the orientation."""
    end = 8 + int.from_bytes(data[4:8], "little")
    chunks = list(_chunks(data, _CHUNKS, end))
    found = next((bytes(body) for name, body, _ in chunks if name == b"EXIF"), b"")
    exif = only_orientation(found.removeprefix(PREFIX))
    parts: list[bytes | memoryview] = []
    missing = 0  # of the last chunk, in a file that is cut
    for name, body, whole in chunks:
        missing = _size(whole) - len(whole) if name in _IN_FILE - {b"ANMF"} else 0
        if name == b"VP8X" and len(body):
            flags = body[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if exif else 0)
            parts += [whole[:8], bytes([flags]), whole[9:]]
        elif name == b"ANMF":
            parts += _frame(body)
        elif name == b"EXIF" and exif:
            parts += [b"EXIF", len(exif).to_bytes(4, "little"), exif, bytes(len(exif) % 2)]
            exif = b""
        elif name in _IN_FILE:
            parts.append(whole)
    size = 4 + sum(map(len, parts)) + missing
    yield from (data[:4], size.to_bytes(4, "little"), data[8:_CHUNKS], *parts)


def _frame(body: memoryview) -> list[bytes | memoryview]:
    """A frame of an animation, with its pixels alone."""
    parts: list[bytes | memoryview] = [body[:_OF_FRAME]]
    parts += [whole for name, _, whole in _chunks(body, _OF_FRAME, len(body)) if name in _IN_FRAME]
    size = sum(map(len, parts))
    return [b"ANMF" + size.to_bytes(4, "little"), *parts, bytes(size % 2)]


def _chunks(data: memoryview, start: int, end: int) -> Iterator[tuple[bytes, memoryview, memoryview]]:
    """The name of each chunk, its body with padding, and the whole of it."""
    while start + 8 <= min(end, len(data)):
        after = start + _size(data[start:])
        yield bytes(data[start : start + 4]), data[start + 8 : after], data[start:after]
        start = after


def _size(chunk: memoryview) -> int:
    """How long a chunk says that it is, with head and padding."""
    size = int.from_bytes(chunk[4:8], "little")
    return 8 + size + size % 2
