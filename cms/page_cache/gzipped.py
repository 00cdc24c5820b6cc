"""Gzip for a body whose counters change with every reading, while all the rest is compressed only once.

A counter goes into the stream as a stored block, a number of bytes as they are (RFC 1951, section 3.2.4). Text after
it may repeat what stands before it, and such a reference says how many bytes it lies back: it holds for all counters
with as many digits. So the rest is compressed anew when a counter gets another digit, which is seldom.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

#: No flags, no time, an unknown system (RFC 1952, section 2.3).
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
#: With a sync flush zlib ends on a whole byte, with an empty stored block; these are the last bytes of it.
_EMPTY_BLOCK = b"\x00\x00\xff\xff"
#: In no UTF-8 text, so that nothing can be taken for a repetition of it.
_FILLER = b"\xff"
_LEVEL = 6


class GzippedParts:
    """The parts of a body, compressed for counters with so many digits each: one goes between each two parts."""

    def __init__(self, parts: Sequence[bytes], digits: Sequence[int]) -> None:
        self.digits = digits
        self._size = sum(map(len, parts)) + sum(digits)
        compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._parts = [_HEADER]
        for part, count in zip(parts, digits, strict=False):
            if part:
                block = compressor.compress(part) + compressor.flush(zlib.Z_SYNC_FLUSH)
                self._parts[-1] += block.removesuffix(_EMPTY_BLOCK)
            else:
                self._parts[-1] += b"\x00"  # nothing to flush, but a stored block's first byte all the same
            self._parts[-1] += struct.pack("<HH", count, count ^ 0xFFFF)
            # As far as zlib knows, this is what the stored block holds. What it makes of it is not sent.
            compressor.compress(_FILLER * count)
            compressor.flush(zlib.Z_SYNC_FLUSH)
            self._parts.append(b"")
        self._parts[-1] += compressor.compress(parts[-1]) + compressor.flush()

    def filled(self, counters: Sequence[bytes], body: bytes) -> bytes:
        """One gzip member with these counters. ``body`` is what comes out of it: its checksum stands at the end."""
        pieces = [b""] * (2 * len(self._parts))
        pieces[::2] = self._parts
        pieces[1:-1:2] = counters
        pieces[-1] = struct.pack("<II", zlib.crc32(body), self._size & 0xFFFFFFFF)
        return b"".join(pieces)
