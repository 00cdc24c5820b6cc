"""Whether a media file was cut short: what its container declares is compared with what is there.

Only headers and the last kilobytes are read, whatever the file's size. A container that declares nothing, like that of
a live stream, is taken to be whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import av
from av.container import InputContainer

from cms.media import frames
from cms.media.boxes import MAX_BOXES, Readable, boxes, read_at

#: How much of the beginning and of the end of a file is looked at, in bytes: more than a page of Ogg can have.
PART = 2**17
# The most chunks before a file's data, and chunks of an AVI, of a gigabyte each.
_MAX_CHUNKS = 1000
# Sizes that programs write before they know the right one.
_UNKNOWN_SIZE = 0x7FFF0000
_IFF_DATA = {b"WAVE": b"data", b"AIFF": b"SSND", b"AIFC": b"SSND"}
_SEGMENT = bytes.fromhex("18538067")
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
# The index of an MP3. Its count includes or leaves out a tag, depending on what wrote it.
_MP3_INDEX = re.compile(rb"Xing|Info|VBRI")
_MP3_INDEX_WITHIN = 4096
_MP3_TOLERANCE = 1024
_FLAC_TOLERANCE = 0.01


def is_truncated(container: InputContainer, file: Readable, size: int) -> bool:
    """Whether the file ends before its container says it does.

    Args:
        container: the open container. It is unusable afterwards, since it reads the same file.
        file: that file.
        size: its size in bytes.
    """
    name = container.format.name.split(",")[0]
    if name == "mov":
        return _index_goes_beyond(container, size) or _boxes_go_beyond(file, size)
    if name == "flac":
        return _ends_early(container)
    check = _CHECKS.get(name)
    return check is not None and check(file, size)


def _index_goes_beyond(container: InputContainer, size: int) -> bool:
    """MP4, QuickTime: whether the last sample of a track lies beyond the end."""
    last = [stream.index_entries[-1] for stream in container.streams if len(stream.index_entries)]
    return any(entry.pos + entry.size > size for entry in last)


def _boxes_go_beyond(file: Readable, size: int) -> bool:
    """MP4: whether the movie box or the last fragment is cut off, or an index names more fragments.

    Media data alone may claim to be longer than they are: other boxes list the samples.
    """
    is_fragmented = False
    for box in boxes(file, 0, size):
        end = box.end
        if box.type == b"sidx":
            end += _indexed(read_at(file, box.start, min(box.end - box.start, PART)))
        is_fragmented = is_fragmented or box.type == b"moof"
        if end > size and (is_fragmented or box.type in (b"moov", b"sidx")):
            return True
    return False


def _indexed(sidx: bytes) -> int:
    """How many bytes after itself a segment index covers (ISO/IEC 14496-12, section 8.16.3)."""
    width = 4 if sidx[:1] == b"\0" else 8
    at = 12 + 2 * width
    first_offset, count = int.from_bytes(sidx[at - width : at]), int.from_bytes(sidx[at + 2 : at + 4])
    entries = (sidx[start : start + 4] for start in range(at + 4, at + 4 + 12 * count, 12))
    return first_offset + sum(int.from_bytes(entry) & 0x7FFFFFFF for entry in entries)


def _ends_early(container: InputContainer) -> bool:
    """FLAC: whether the last packet is incomplete, or ends before the last sample that the header counts."""
    if not container.duration:
        return False
    end = 0.0
    try:
        container.seek(container.duration)
        last = None
        for packet in container.demux(audio=0):
            if packet.pts is not None:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                last = packet
        if last:
            last.decode()
    except av.FFmpegError:
        return True
    return end < float(container.duration) / av.time_base - _FLAC_TOLERANCE


def _matroska(file: Readable, size: int) -> bool:
    """Matroska, WebM: whether an element ends beyond the file (RFC 8794, section 6).

    The segment and the clusters of a live stream do not say where they end, but what lies in them does.
    """
    start = 0
    for _ in range(MAX_BOXES):
        if start >= size:
            return start > size
        head = read_at(file, start, 12).ljust(12, b"\0")
        id_length = 9 - head[0].bit_length()
        length_length = 9 - head[id_length].bit_length() if id_length <= 4 else 9
        if length_length > 8:
            return False
        contents = start + id_length + length_length
        unknown = (1 << 7 * length_length) - 1  # all ones
        length = int.from_bytes(head[id_length : id_length + length_length]) & unknown
        if head[:id_length] == _SEGMENT and length != unknown:
            return contents + length > size
        start = contents + (0 if length == unknown else length)
    return False


def _iff(file: Readable, size: int) -> bool:
    """WAV, AIFF: whether the data go beyond the end. AVI, which may have several parts: whether one of them does."""
    start = 0
    for _ in range(_MAX_CHUNKS):
        head = read_at(file, start, 12)
        order: Literal["big", "little"] = "big" if head[:4] in (b"FORM", b"RIFX") else "little"
        end = start + 8 + int.from_bytes(head[4:8], order)
        if data := _IFF_DATA.get(head[8:12]):
            return _data_goes_beyond(file, data, order, size)
        if head[:4] != b"RIFF" or end - start > _UNKNOWN_SIZE or end <= start + 12:
            return False
        if end > size + 8:  # some count the header, too
            return True
        start = end + end % 2
    return False


def _data_goes_beyond(file: Readable, data: bytes, order: Literal["big", "little"], size: int) -> bool:
    start, wide = 12, 0
    for _ in range(_MAX_CHUNKS):
        head = read_at(file, start, 24)
        length = int.from_bytes(head[4:8], order)
        if head[:4] == b"ds64":
            wide = int.from_bytes(head[16:24], order)
        if head[:4] == data:
            return start + 8 + (length if length < _UNKNOWN_SIZE else wide) > size
        start += 8 + length + length % 2
    return False


def _ogg(file: Readable, size: int) -> bool:
    """Whether the last page is incomplete or is not marked as a stream's last one (RFC 3533, section 6)."""
    tail = read_at(file, max(0, size - PART), PART)
    page = tail[tail.rfind(b"OggS") :] if b"OggS" in tail else b""
    if len(page) < 27:
        return bool(page)
    length = 27 + page[26] + sum(page[27 : 27 + page[26]])
    return length > len(page) or not page[5] & 4


def _mpegts(file: Readable, size: int) -> bool:
    """Whether the last packet is incomplete. Packets have 188 bytes; 192 on discs, 204 in broadcasts."""
    head = read_at(file, 0, PART)
    for length, first in ((188, 0), (192, 4), (204, 0)):
        syncs = head[first::length]
        if len(syncs) > 2 and set(syncs) == {0x47}:
            return size % length > 0
    return False


def _mpeg(file: Readable, size: int) -> bool:
    """MPEG program streams: whether the packets after the last pack header go beyond the end."""
    tail = read_at(file, max(0, size - PART), PART)
    at = tail.rfind(b"\0\0\1\xba")
    while at >= 0 and tail[at : at + 3] == b"\0\0\1":
        code = tail[at + 3 : at + 4]
        if code == b"\xba":
            is_mpeg2 = tail[at + 4 : at + 5] >= b"\x40"
            at += 14 + (tail[at + 13] & 7) if is_mpeg2 and at + 13 < len(tail) else 12
        elif code == b"\xb9":  # the end of the program
            return False
        else:
            at += 6 + int.from_bytes(tail[at + 4 : at + 6])
    return at > len(tail)


def _flv(file: Readable, size: int) -> bool:
    """Whether the length at the file's end, that of the last tag, leads to no tag of that length."""
    length = int.from_bytes(read_at(file, size - 4, 4))
    tag = read_at(file, size - 4 - length, 4) if 11 <= length <= size - 13 else b""
    return len(tag) < 4 or tag[0] & 0x1F not in (8, 9, 18) or int.from_bytes(tag[1:]) != length - 11


def _asf(file: Readable, size: int) -> bool:
    """Whether the file is smaller than its header says, unless it is the header of a live stream."""
    head = read_at(file, 0, PART)
    at = head.find(_ASF_PROPERTIES)
    is_live = int.from_bytes(head[at + 88 : at + 92], "little") & 1
    return at >= 0 and not is_live and int.from_bytes(head[at + 40 : at + 48], "little") > size


def _mpeg_audio(file: Readable, size: int) -> bool:
    """MP3: whether its index counts more bytes than there are, or the last frame is incomplete."""
    tag = read_at(file, 0, 10)
    is_id3 = tag.startswith(b"ID3") and len(tag) == 10
    start = 10 + sum(byte << shift for byte, shift in zip(tag[6:], (21, 14, 7, 0), strict=True)) if is_id3 else 0
    head = read_at(file, start, _MP3_INDEX_WITHIN)
    if index := _MP3_INDEX.search(head):
        flags, at = int.from_bytes(head[index.end() : index.end() + 4]), index.end() + 4
        if index[0] == b"VBRI":
            flags, at = 2, index.end() + 6
        at += 4 if flags & 1 else 0
        if flags & 2 and start + int.from_bytes(head[at : at + 4]) > size + _MP3_TOLERANCE:
            return True
    return frames.is_last_incomplete(read_at(file, max(0, size - PART), PART), frames.mpeg_audio_length)


def _adts(file: Readable, size: int) -> bool:
    """AAC: whether the last frame is incomplete."""
    return frames.is_last_incomplete(read_at(file, max(0, size - PART), PART), frames.adts_length)


_CHECKS: dict[str, Callable[[Readable, int], bool]] = {
    "matroska": _matroska,
    "wav": _iff,
    "aiff": _iff,
    "avi": _iff,
    "ogg": _ogg,
    "mpegts": _mpegts,
    "mpeg": _mpeg,
    "flv": _flv,
    "asf": _asf,
    "mp3": _mpeg_audio,
    "aac": _adts,
}
