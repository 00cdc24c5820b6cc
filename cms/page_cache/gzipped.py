"""Gzip for bodies whose counters change with every reading. The rest of the body is compressed only once.

A counter (or the end of a play token) goes into the stream as a stored block, that is as uncompressed bytes (RFC 1951,
section 3.2.4). Text after it may refer back to text before it by a distance in bytes, which stays correct for all
counters with the same number of digits. So the rest is compressed anew only if a counter gets another digit, which is
rare.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

#: No flags, no time, an unknown system (RFC 1952, section 2.3).
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
#: A sync flush ends with an empty stored block on a byte boundary. These are its last bytes.
_EMPTY_BLOCK = b"\x00\x00\xff\xff"
#: Never in UTF-8 text, so that no text refers back to it.
_FILLER = b"\xff"
_LEVEL = 6


class GzippedParts:
    """The compressed parts of a body, for texts of these lengths. A text, such as a counter, goes between two parts."""

    def __init__(self, parts: Sequence[bytes], lengths: Sequence[int]) -> None:
        self.lengths = lengths
        self._size = sum(map(len, parts)) + sum(lengths)
        compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._parts = [_HEADER]
        for part, count in zip(parts, lengths, strict=False):
            if part:
                block = compressor.compress(part) + compressor.flush(zlib.Z_SYNC_FLUSH)
                self._parts[-1] += block.removesuffix(_EMPTY_BLOCK)
            else:
                self._parts[-1] += b"\x00"  # nothing to flush, but the header of a stored block is needed
            self._parts[-1] += struct.pack("<HH", count, count ^ 0xFFFF)
            # To zlib, the filler is the content of the stored block. Its output is discarded.
            compressor.compress(_FILLER * count)
            compressor.flush(zlib.Z_SYNC_FLUSH)
            self._parts.append(b"")
        self._parts[-1] += compressor.compress(parts[-1]) + compressor.flush()

    def filled(self, texts: Sequence[bytes], body: bytes) -> bytes:
        """One gzip member with these texts. ``body`` is the uncompressed content, for the checksum at the end."""
        pieces = [b""] * (2 * len(self._parts))
        pieces[::2] = self._parts
        pieces[1:-1:2] = texts
        pieces[-1] = struct.pack("<II", zlib.crc32(body), self._size & 0xFFFFFFFF)
        return b"".join(pieces)
