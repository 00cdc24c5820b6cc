"""The segments of a JPEG (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cms.media.metadata.orientation import PREFIX, only_orientation

_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
# Without a length: TEM and RST0 to RST7.
_BARE = {0x01, *range(0xD0, 0xD8)}
# Reserved for extensions of the standard.
_RESERVED = range(0xF0, 0xFE)
# A marker. Within the entropy-coded data, FF00 is a byte and RST0 to RST7 belong to the data.
_MARKER, _AFTER_DATA = re.compile(rb"\xff+[^\x00\xff]"), re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")


def kept(data: memoryview) -> Iterator[bytes | memoryview]:
    """Everything but application data and comments. Kept are the profile, Adobe's transform, and JFIF's density.

    What follows the end of the image is left out. Cameras append other pictures and videos there.
    """
    start, is_turned = 0, False
    while found := _MARKER.search(data, start):
        marker, start = data[found.end() - 1], found.end()
        if marker == _SOI or marker in _BARE:
            yield data[start - 2 : start]
            continue
        if marker == _EOI:
            yield data[start - 2 : start]
            return
        end = start + max(2, int.from_bytes(data[start : start + 2]))
        if marker == _SOS:
            after = _AFTER_DATA.search(data, end)
            end = after.start() if after else len(data)
            yield data[start - 2 : end]
        elif marker == _APP1 and bytes(data[start + 2 : start + 8]) == PREFIX and not is_turned:
            is_turned = True
            if exif := only_orientation(bytes(data[start + 8 : end])):
                yield b"\xff\xe1" + (len(exif) + 8).to_bytes(2) + PREFIX + exif
        elif marker == _APP0:
            yield _density(bytes(data[start + 2 : end]))
        elif _is_needed(marker, bytes(data[start + 2 : start + 14])):
            yield data[start - 2 : end]
        start = end


def _is_needed(marker: int, beginning: bytes) -> bool:
    if marker == _APP2:
        return beginning == b"ICC_PROFILE\0"
    if marker == _APP14:
        return beginning.startswith(b"Adobe")
    return not _APP0 <= marker <= _APP15 and marker != _COM and marker not in _RESERVED


def _density(jfif: bytes) -> bytes:
    """The JFIF segment without its thumbnail; nothing for other segments of that number."""
    if not jfif.startswith(b"JFIF\0") or len(jfif) < 14:
        return b""
    return b"\xff\xe0\0\x10" + jfif[:12] + b"\0\0"
