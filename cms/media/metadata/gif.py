"""The blocks of a GIF (https://www.w3.org/Graphics/GIF/spec-gif89a.txt)."""

from __future__ import annotations

from collections.abc import Iterator

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
# How often it is played, and its colour profile.
_NEEDED = {b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"}


def kept(data: memoryview) -> Iterator[bytes | memoryview]:
    """The images with their controls, how often they are played, and the profile."""
    start = 13 + _table(data, 10)
    yield data[:start]
    while start < len(data):
        block = data[start]
        if block == _IMAGE:
            end = _after(data, start + 11 + _table(data, start + 9))
            yield data[start:end]
        elif block == _EXTENSION:
            end = _after(data, start + 2)
            if _is_needed(data, start):
                yield data[start:end]
        else:
            if block == _TRAILER:
                yield data[start : start + 1]
            return
        start = end


def _is_needed(data: memoryview, start: int) -> bool:
    label = data[start + 1] if start + 1 < len(data) else 0
    return label == _CONTROL or (label == _APPLICATION and bytes(data[start + 3 : start + 14]) in _NEEDED)


def _table(data: memoryview, flags: int) -> int:
    """The bytes of a colour table, by the flags at that place."""
    found = data[flags] if flags < len(data) else 0
    return 3 << (found & 7) + 1 if found & 0x80 else 0


def _after(data: memoryview, start: int) -> int:
    """Where a chain of sub-blocks ends."""
    while start < len(data) and (size := data[start]):
        start += size + 1
    return min(start + 1, len(data))
