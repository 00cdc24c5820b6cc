"""Whether browsers play a file, judged by its container and codecs, since some browsers fail silently.

HEVC shows no picture and AC-3 in MP4 is mute, both without an error.
"""

from __future__ import annotations

from enum import StrEnum

import av


class Unplayable(StrEnum):
    """Why browsers do not play a file."""

    EMPTY = "empty"  # nothing in it can be decoded
    UNREADABLE = "unreadable"  # not recognized as an audio or video file
    UNDECODABLE = "undecodable"  # nothing near its beginning can be decoded
    ENCRYPTED = "encrypted"
    CONTAINER = "container"
    VIDEO_CODEC = "video_codec"
    BIT_DEPTH = "bit_depth"
    CHROMA = "chroma"
    AUDIO_CODEC = "audio_codec"


_PCM = {f"pcm_{name}" for name in ("u8", "s16le", "s24le", "s32le", "f32le", "alaw", "mulaw")}
_IN_MP4 = ({"h264", "vp9", "av1"}, {"aac", "mp3", "opus", "flac"})

# Container -> the video and the audio codecs in it that Chrome, Edge, Firefox and Safari all play.
_PLAYED: dict[str, tuple[set[str], set[str]]] = {
    "mp4": _IN_MP4,
    "mov": _IN_MP4,
    "webm": ({"vp8", "vp9", "av1"}, {"opus", "vorbis"}),
    "ogg": (set(), {"opus", "vorbis"}),
    "mp3": (set(), {"mp3"}),
    "aac": (set(), {"aac"}),
    "flac": (set(), {"flac"}),
    "wav": (set(), _PCM),
}
# The codecs played in any container: for one that is not played, only other codecs are reported.
_ANYWHERE = (
    {codec for video, _ in _PLAYED.values() for codec in video},
    {codec for _, audio in _PLAYED.values() for codec in audio},
)


def unplayable(
    container: str, video_codec: str | None, pixels: str | None, audio_codec: str | None
) -> list[Unplayable]:
    """Why browsers do not play a file; empty if they do.

    Args:
        container: its name in :class:`cms.media.probe.Probe`.
        video_codec: FFmpeg's name of the codec of the first video track, if there is one.
        pixels: FFmpeg's name of the decoded pixels' format, if it is known.
        audio_codec: FFmpeg's name of the codec of the first audio track, if there is one.
    """
    video, audio = _PLAYED.get(container, _ANYWHERE)
    found = [] if container in _PLAYED else [Unplayable.CONTAINER]
    if video_codec and video_codec not in video:
        found.append(Unplayable.VIDEO_CODEC)
    elif video_codec == "h264" and pixels:
        found += _beyond_8_bit_420(pixels)
    if audio_codec and audio_codec not in audio:
        found.append(Unplayable.AUDIO_CODEC)
    return found


def _beyond_8_bit_420(pixels: str) -> list[Unplayable]:
    """H.264 features that only some browsers decode."""
    depth = max(component.bits for component in av.VideoFormat(pixels).components)
    found = [Unplayable.BIT_DEPTH] if depth > 8 else []
    return found if pixels.startswith(("yuv420p", "yuvj420p")) else [*found, Unplayable.CHROMA]
