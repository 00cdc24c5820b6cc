"""Subtitle tracks within audio and video files. Those in text form are read as cues, all in one pass over the file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.stream import Discard, Stream

from cms.media.containers import BROKEN
from cms.media.subtitles import LIMIT, cue_text, formats
from cms.media.subtitles.cues import Cue, Track
from cms.media.subtitles.decoding import decode
from cms.media.subtitles.reading import SHORTEST
from cms.messages import N_, InvalidInput

#: FFmpeg's names of the formats that are text.
TEXT = {"ass", "mov_text", "subrip", "text", "webvtt"}
#: The most cues in all tracks of a file together.
MAX_CUES = 200_000

_UTF16_MARKS = (b"\xfe\xff", b"\xff\xfe")


@dataclass(frozen=True)
class _Packet:
    """What is shown from ``start`` to ``end``, in milliseconds, in the format of its track."""

    start: int
    end: int
    data: bytes


def codec(stream: Stream) -> str:
    """FFmpeg's name of a track's format."""
    return stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"


def read(container: InputContainer, streams: Sequence[Stream]) -> list[Track]:
    """The cues of tracks whose formats are in :data:`TEXT`, up to the point where the file is damaged.

    Raises:
        InvalidInput: there are too many.
    """
    packets = _packets(container, streams)
    return [Track("WEBVTT", list(_cues(codec(stream), packets[stream.index]))) for stream in streams]


def _packets(container: InputContainer, streams: Sequence[Stream]) -> dict[int, list[_Packet]]:
    found: dict[int, list[_Packet]] = {stream.index: [] for stream in streams}
    for stream in container.streams:
        if stream.index not in found:
            stream.discard = Discard.all  # in MP4, nothing of it is read then
    origin, size, count = _origin(container), 0, 0
    with suppress(*BROKEN):
        for packet in container.demux(*streams):
            if packet.pts is None or not packet.size:
                continue
            size, count = size + packet.size, count + 1
            if size > LIMIT * len(streams) or count > MAX_CUES:
                raise InvalidInput(N_("This file has more subtitles than can be shown."))
            start = _milliseconds(packet.pts * packet.time_base) - origin
            end = start + _milliseconds((packet.duration or 0) * packet.time_base)
            found[packet.stream_index].append(_Packet(start, end, bytes(packet)))
    return found


def _origin(container: InputContainer) -> int:
    """The time that is shown as zero. MP4 is played by its own times. Other files are converted first."""
    start = _milliseconds(Fraction(container.start_time or 0, av.time_base))
    return min(0, start) if container.format.name.startswith("mov") else start


def _milliseconds(seconds: Fraction) -> int:
    return round(seconds * 1000)


def _cues(codec: str, packets: list[_Packet]) -> list[Cue]:
    """The cues with text in the order of their times, each once. Layers of ASS often repeat each other."""
    texts = [_text(codec, packet.data) for packet in packets]
    encoding = decode(b"\n".join(texts)).encoding or "utf-8"
    cues = []
    for packet, text in zip(packets, texts, strict=True):
        decoded = decode(text, encoding).text
        shown = formats.ass_text(decoded) if codec == "ass" else cue_text.clean(decoded.split("\n"))
        end = packet.end if packet.end > packet.start else packet.start + SHORTEST
        if shown and end > 0:
            cues.append(Cue(max(0, packet.start), end, shown))
    return sorted(dict.fromkeys(cues), key=lambda cue: (cue.start, cue.end))


def _text(codec: str, data: bytes) -> bytes:
    """The text in a packet, without what its format puts before and after it."""
    if codec == "ass":  # Matroska: ReadOrder, Layer, Style, Name, three margins, Effect, Text
        return data.split(b",", 8)[-1]
    if codec == "mov_text":  # 3GPP TS 26.245, section 5.17: a length, the text, styles
        text = data[2 : 2 + int.from_bytes(data[:2])]
        return text.decode("utf-16", errors="replace").encode() if text.startswith(_UTF16_MARKS) else text
    return data
