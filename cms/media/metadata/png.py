"""The chunks of a PNG (https://www.w3.org/TR/png-3/)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from cms.media.metadata.orientation import only_orientation

_SIGNATURE = 8
# The ancillary chunks that have to do with the pixels: colours, transparency, density, frames.
_OF_PIXELS = set(b"tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split())
_IS_ANCILLARY = 0x20  # the case of the first letter


def kept(data: memoryview) -> Iterator[bytes | memoryview]:
    """The critical chunks, and those that have to do with the pixels. What follows the last one is left out."""
    yield data[:_SIGNATURE]
    start, is_turned = _SIGNATURE, False
    while start + 8 <= len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4])
        name = bytes(data[start + 4 : start + 8])
        if name == b"eXIf" and not is_turned:
            is_turned = True
            if exif := only_orientation(bytes(data[start + 8 : end - 4])):
                yield len(exif).to_bytes(4) + name + exif + zlib.crc32(name + exif).to_bytes(4)
        elif not name[0] & _IS_ANCILLARY or name in _OF_PIXELS:
            yield data[start:end]
        if name == b"IEND":
            return
        start = end
