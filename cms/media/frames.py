"""Consecutive audio frames without a container: MP1, MP2, MP3 (ISO/IEC 11172-3) and AAC (ADTS)."""

from __future__ import annotations

from collections.abc import Callable

#: This many frames in a row are no accident.
SURE = 4
#: The bytes of a frame that are needed to tell its length.
HEAD = 7

_MPEG1_KBITS = {
    1: (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_MPEG2_KBITS = {
    1: (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    3: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ = (44100, 48000, 32000)


def is_last_incomplete(tail: bytes, length: Callable[[bytes], int]) -> bool:
    """Whether the last frame of a file is cut off.

    Args:
        tail: the file's last bytes.
        length: returns the length of the frame that begins with given bytes; 0 if none does.
    """
    for start in range(len(tail)):
        at, count = start, 0
        while at < len(tail) and (step := length(tail[at : at + HEAD])):
            at, count = at + step, count + 1
        if count >= SURE:
            rest = tail[at:]
            return at > len(tail) or (rest.startswith(b"\xff") and len(rest) < HEAD)
    return False


def adts_length(head: bytes) -> int:
    """The length of an ADTS frame in bytes; 0 if ``head`` is not one."""
    if len(head) < HEAD or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return 0
    return (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5


def mpeg_audio_length(head: bytes) -> int:
    """The length of a frame of MPEG audio in bytes; 0 if ``head`` is not one."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rate, hertz, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 4 or rate in (0, 15) or hertz == 3:
        return 0
    is_mpeg1 = version == 3
    bits = 1000 * (_MPEG1_KBITS if is_mpeg1 else _MPEG2_KBITS)[layer][rate - 1]
    frequency = _HERTZ[hertz] // {3: 1, 2: 2, 0: 4}[version]
    if layer == 1:
        return (12 * bits // frequency + padding) * 4
    return (144 if is_mpeg1 or layer == 2 else 72) * bits // frequency + padding
