"""The container, codecs, duration and dimensions of a media file, and whether it plays. PyAV (FFmpeg) reads it.

The bytes are untrusted. FFmpeg gets an open file, a list of containers and no protocol, so nothing in the file can open
another one. Only the first packets are decoded, and no picture above :data:`MAX_SIDE`.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.container import InputContainer

from cms.media import facts
from cms.media.boxes import read_at
from cms.media.containers import BROKEN, Reader, open_container
from cms.media.facts import Facts
from cms.media.models import MediaFile
from cms.media.playing import Unplayable, unplayable
from cms.media.truncation import is_truncated

#: Incremented when probed files have to be probed again, for example because browsers play more.
VERSION = 4

#: How many bytes are read at the start for what FFmpeg omits.
HEAD = 2**16
#: The most packets, and the most bytes in them, that are read to find a picture or a sound.
MAX_PACKETS, MAX_BYTES = 500, 64 * 2**20
#: Seconds of thread time until the file seems to end: FFmpeg would search gigabytes of zeros for a packet.
MAX_SECONDS = 5.0
#: Larger pictures, by width or height, are not decoded.
MAX_SIDE = 8192
#: A smaller file that does not state its duration is read to its end.
READ_THROUGH_BYTES = 64 * 2**20
#: The warning that a file ends earlier than it states.
TRUNCATED = "truncated"
# What is raised on broken files, which may also ask for more memory than there is.
_BROKEN = (*BROKEN, MemoryError)
_MATROSKA_DURATION = re.compile(rb"\x44\x89[\x84\x88]")
# Matroska's name of what it holds, behind the element's id and length (RFC 8794, section 11.2.8).
_WEBM = re.compile(rb"\x42\x82.{1,8}?webm", re.DOTALL)


@dataclass(frozen=True)
class Probe:
    """What was found out about a file. :class:`cms.media.models.MediaFile` has a column for each field.

    Args:
        container: ``mp4``, ``mov``, ``webm``, ``rf64`` or one of :data:`cms.media.containers.CONTAINERS`; ``None`` if
            it is no audio or video.
        video_codec: FFmpeg's name of the codec of the first video track (``h264``); a cover is no track.
        audio_codec: the same of the first audio track (``aac``).
        duration: in seconds.
        width: of the picture as it is shown, rotated and with square pixels.
        height: the same.
        playable: whether current browsers play it, picture and sound; ``None`` if it is no audio or video.
        unplayable: why they do not: values of :class:`cms.media.playing.Unplayable`.
        warnings: what else an editor should know: :data:`TRUNCATED`, and those of :mod:`cms.media.pictures`.
        facts: what else its headers say.
    """

    container: str | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    playable: bool | None = None
    unplayable: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    facts: Facts = field(default_factory=Facts)


class _Reader(Reader):
    """A reader that reports the end after :data:`MAX_SECONDS`."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._until = time.thread_time() + MAX_SECONDS

    @property
    def is_exhausted(self) -> bool:
        """Whether it will read no more."""
        return time.thread_time() > self._until

    def read(self, count: int, /) -> bytes:
        return b"" if self.is_exhausted else super().read(count)


@dataclass
class _Sample:
    """What the packets gave: whether one can be played, the first picture, and the last packet's end in seconds."""

    is_playable: bool = False
    is_encrypted: bool = False
    is_whole: bool = False  # all packets were looked at
    frame: av.VideoFrame | None = None
    end: Fraction = Fraction(0)

    @property
    def length(self) -> float | None:
        """How long the file is in seconds, if its end was reached."""
        return float(self.end) if self.is_whole and self.end > 0 else None


def probe(path: Path) -> Probe | None:
    """What the file at ``path`` is; ``None`` if it is no audio or video file that is understood.

    Raises:
        OSError: the disk fails, or the file cannot be opened. A broken file raises no error.
    """
    size = path.stat().st_size
    with path.open("rb", buffering=0) as file:
        reader = _Reader(file)
        try:
            head = read_at(reader, 0, HEAD)
            reader.seek(0)
            with open_container(reader) as container:
                found = _describe(container, head, reader, size)
        except _BROKEN:
            found = None
        if reader.error:
            raise reader.error
        return found


def note(media_file: MediaFile, found: Probe | None) -> None:
    """Record on a media file what its probe found; ``None`` stands for a file that is not understood."""
    is_unreadable = found is None and media_file.mime_type.startswith(("audio/", "video/"))
    for column in fields(Probe):
        value = getattr(found, column.name, None)
        setattr(media_file, column.name, list(value) if isinstance(value, tuple) else value)
    if is_unreadable:
        media_file.playable, media_file.unplayable = False, [Unplayable.UNREADABLE]
    if media_file.probe_version != VERSION:
        media_file.recipes_seen = None  # the old probe decided which recipes apply to it
    media_file.probe_version = VERSION


def _describe(container: InputContainer, head: bytes, reader: _Reader, size: int) -> Probe | None:
    video = next((stream for stream in container.streams.video if not facts.is_cover(stream)), None)
    audio = next(iter(container.streams.audio), None)
    if video is None and audio is None:
        return None
    name, is_timed = _container_name(container, head), _is_timed(container, head)
    read_through = not is_timed and size <= READ_THROUGH_BYTES
    sample = _sample(container, video, audio, read_through)
    width, height = _shown_size(video, sample.frame) if video else (None, None)
    pixels = video.codec_context.pix_fmt if video and video.codec_context else None
    video_codec, audio_codec = _codec(video), _codec(audio)
    reasons = unplayable(name, video_codec, pixels, audio_codec)
    if sample.is_encrypted:
        reasons.insert(0, Unplayable.ENCRYPTED)
    elif not sample.is_playable:
        is_empty = sample.is_whole and not reader.is_exhausted
        reasons.insert(0, Unplayable.EMPTY if is_empty else Unplayable.UNDECODABLE)
    duration = (container.duration or 0) / av.time_base if is_timed else sample.length
    return Probe(
        container=name,
        video_codec=video_codec,
        audio_codec=audio_codec,
        duration=duration,
        width=width,
        height=height,
        playable=not reasons,
        unplayable=tuple(reasons),
        warnings=(TRUNCATED,) if is_truncated(container, reader, size) else (),
        facts=facts.read(container, duration, size),
    )


def _container_name(container: InputContainer, head: bytes) -> str:
    name = container.format.name.split(",")[0]
    if name == "mov":
        return "mov" if container.metadata.get("major_brand", "qt  ") == "qt  " else "mp4"
    if name == "matroska":
        return "webm" if _WEBM.search(head) else name
    return "rf64" if head.startswith(b"RF64") else name


def _is_timed(container: InputContainer, head: bytes) -> bool:
    """Whether the file states its duration, or FFmpeg could work it out. For live Matroska its figure is too low."""
    is_live = container.format.name.startswith("matroska") and not _MATROSKA_DURATION.search(head)
    return not is_live and container.duration is not None and container.duration > 0


def _codec(stream: av.stream.Stream | None) -> str | None:
    if stream is None:
        return None
    context = stream.codec_context  # None if FFmpeg has no decoder for the codec
    return context.codec.canonical_name if context else "unknown"


def _sample(
    container: InputContainer, video: av.VideoStream | None, audio: av.AudioStream | None, read_through: bool
) -> _Sample:
    """Look at packets until the video track gives a picture or, if there is none, the audio track a sound."""
    sample = _Sample()
    streams = [stream for stream in (video, audio) if stream]
    for stream in streams:
        if stream.codec_context:
            stream.codec_context.thread_count = 1
    looked_at = 0
    try:
        for number, packet in enumerate(container.demux(streams)):
            looked_at += packet.size
            is_enough = bool(sample.frame) or (sample.is_playable and not video)
            if (is_enough or number >= MAX_PACKETS or looked_at > MAX_BYTES) and not read_through:
                return sample
            if packet.pts is not None and packet.time_base:
                sample.end = max(sample.end, (packet.pts + (packet.duration or 0)) * packet.time_base)
            if not is_enough:
                _try(packet, sample)
    except _BROKEN:
        pass  # the rest cannot be read
    sample.is_whole = True
    return sample


def _try(packet: av.Packet[Any], sample: _Sample) -> None:
    """Decode a packet. One that must not be decoded, or for which there is no decoder, counts as playable."""
    sample.is_encrypted = sample.is_encrypted or packet.has_sidedata("encryption_info")
    context = packet.stream.codec_context
    if context is None or (packet.stream.type == "video" and max(context.width, context.height) > MAX_SIDE):
        sample.is_playable = sample.is_playable or packet.size > 0
        return
    try:
        frames = packet.decode()
    except _BROKEN:
        return
    if frames:
        sample.is_playable = True
        if isinstance(frames[0], av.VideoFrame):
            sample.frame = frames[0]


def _shown_size(video: av.VideoStream, frame: av.VideoFrame | None) -> tuple[int | None, int | None]:
    """Width and height with square pixels and turned as the file says."""
    shown = frame or video.codec_context
    if not (shown and shown.width and shown.height):
        return None, None
    width, height = round(shown.width * (video.sample_aspect_ratio or 1)), shown.height
    is_turned = frame is not None and 45 < abs(frame.rotation) % 180 < 135
    return (height, width) if is_turned else (width, height)
