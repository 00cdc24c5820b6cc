"""Films of a few seconds with subtitle tracks, written packet by packet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.stream import Disposition

#: Each format that is converted, with a container that has it.
FORMATS = [
    ("mp4", "mov_text"),
    ("mov", "mov_text"),
    ("matroska", "subrip"),
    ("matroska", "ass"),
    ("matroska", "webvtt"),
    ("webm", "webvtt"),
]
#: Cues that are empty, or have what WebVTT does not allow in a text.
WORDS = [(500, 1500, "Tom & Ann: 1 < 2"), (1500, 2000, ""), (2000, 4000, "--> Привет\n\nЁж"), (4000, 4500, "Второй")]
#: What is shown of them.
SHOWN = [(500, 1500, "Tom & Ann: 1 < 2"), (2000, 4000, "--> Привет\nЁж"), (4000, 4500, "Второй")]


@dataclass(frozen=True)
class TextTrack:
    """A track to write. ``codec`` is FFmpeg's name; ``cues`` may also be bytes, which are written as they are."""

    codec: str
    cues: Sequence[tuple[int, int, str | bytes]]
    language: str = "eng"
    title: str = ""
    disposition: int = 0


def film(path: Path, container: str, tracks: Sequence[TextTrack], *, seconds: int = 5, start: int = 0) -> Path:
    """A grey film with those tracks, which begins at ``start`` seconds."""
    options = {"movflags": "faststart"} if container == "mp4" else {}
    with av.open(str(path), "w", format=container, options=options) as output:
        pictures = output.add_stream("libvpx" if container == "webm" else "mpeg4", rate=1)
        pictures.width = pictures.height = 32
        pictures.pix_fmt = "yuv420p"
        packets = []
        for track in tracks:
            stream = output.add_mux_stream(track.codec)
            stream.time_base = Fraction(1, 1000)
            stream.metadata.update({"language": track.language} | ({"title": track.title} if track.title else {}))
            stream.disposition = Disposition(track.disposition)
            for begin, end, text in track.cues:
                packet = av.Packet(text if isinstance(text, bytes) else encoded(track.codec, text))
                packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 1000), True
                packet.pts = packet.dts = begin + 1000 * start
                packet.duration = end - begin
                packets.append(packet)
        for number in range(seconds):
            frame = av.VideoFrame(32, 32, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([128]) * plane.buffer_size)
            frame.pts, frame.time_base = number + start, Fraction(1)
            output.mux(pictures.encode(frame))
        output.mux(pictures.encode(None))
        for packet in sorted(packets, key=lambda packet: packet.pts or 0):
            output.mux(packet)
    return path


def encoded(codec: str, text: str) -> bytes:
    """The text of a cue as a packet of that format."""
    data = text.encode()
    if codec == "mov_text":
        return len(data).to_bytes(2) + data
    return b"0,0,Default,,0,0,0,," + data if codec == "ass" else data
