"""Facts from a media file's headers that do not decide whether it plays: tracks, chapters and tags."""

from __future__ import annotations

import re
from functools import cache
from typing import TypedDict

from av.container import InputContainer
from av.stream import Disposition, Stream
from babel import Locale, UnknownLocaleError
from babel.core import get_global

from cms.media import tags
from cms.media.tags import Tags

#: If a file names more, only the first ones are kept.
MAX_TRACKS, MAX_CHAPTERS = 100, 1000

_KINDS = ("video", "audio", "subtitle")
# Codes for no language, several, and an unknown one.
_NO_LANGUAGE = ("zxx", "mul", "und")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Track(TypedDict):
    """A track: ``kind`` is video, audio or subtitle, ``codec`` FFmpeg's name, ``language`` a tag (BCP 47)."""

    kind: str
    codec: str
    language: str | None
    title: str
    is_default: bool


class Chapter(TypedDict):
    """A chapter, with its times in seconds."""

    start: float
    end: float
    title: str


class Facts(TypedDict, total=False):
    """What is known about a file. Unknown facts are absent.

    ``bit_rate`` is that of the whole file, in bits per second. ``frame_rate`` is the average of the first video track,
    in frames per second. ``channels`` and ``sample_rate`` (in hertz) are those of the first audio track. ``pages`` is
    the number of a document's pages. ``cues`` are those of subtitles that are few enough to be chapters. ``animated``
    says whether a picture has more than one frame.
    """

    bit_rate: int
    frame_rate: float
    channels: int
    sample_rate: int
    tracks: list[Track]
    chapters: list[Chapter]
    tags: Tags
    pages: int
    cues: list[Chapter]
    animated: bool


def read(container: InputContainer, duration: float | None, size: int) -> Facts:
    """The facts of a file of ``size`` bytes that lasts ``duration`` seconds."""
    facts: Facts = {"tracks": _tracks(container), "chapters": _chapters(container)}
    if duration:
        facts["bit_rate"] = round(size * 8 / duration)
    video = next((stream for stream in container.streams.video if not is_cover(stream)), None)
    if video and (rate := video.average_rate):
        facts["frame_rate"] = round(float(rate), 3)
    audio = next((stream for stream in container.streams.audio if stream.codec_context), None)
    if audio:
        facts["channels"], facts["sample_rate"] = audio.codec_context.channels, audio.codec_context.sample_rate
    # Ogg has its tags in the stream.
    facts["tags"] = tags.read(container.metadata, *(stream.metadata for stream in container.streams.audio[:1]))
    return facts


def language_tag(code: str | None) -> str | None:
    """The tag (BCP 47) for a language code of two or three letters (ISO 639); ``None`` if it is not a language."""
    code = (code or "").strip().lower()
    if not _LANGUAGE.fullmatch(code):
        return None
    tag = str(get_global("language_aliases").get(code, code)).replace("_", "-")
    return tag if tag in Locale("en").languages and tag not in _NO_LANGUAGE else None


@cache
def own_name(tag: str | None) -> str:
    """What the speakers of a language call it, with a capital letter; empty without a tag."""
    try:
        name = Locale.parse(tag, sep="-").get_display_name() if tag else ""
    except (UnknownLocaleError, ValueError):
        name = ""
    name = name or Locale("en").languages.get(tag or "") or tag or ""
    return name[:1].upper() + name[1:]


def title(stream: Stream) -> str:
    """What a track is called; empty if it has no title. In MP4 the title is a ``name``."""
    return tags.repaired(_value(stream, "title") or _value(stream, "name"))


def is_cover(stream: Stream) -> bool:
    """Whether a video track is only a picture: a cover or thumbnails."""
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def _tracks(container: InputContainer) -> list[Track]:
    shown = [stream for stream in container.streams if stream.type in _KINDS and not is_cover(stream)]
    return [
        {
            "kind": stream.type,
            "codec": stream.codec_context.codec.canonical_name if stream.codec_context else "unknown",
            "language": language_tag(stream.language),
            "title": title(stream),
            "is_default": bool(stream.disposition & Disposition.default),
        }
        for stream in shown[:MAX_TRACKS]
    ]


def _chapters(container: InputContainer) -> list[Chapter]:
    found: list[Chapter] = []
    for chapter in sorted(container.chapters(), key=lambda chapter: chapter["start"])[:MAX_CHAPTERS]:
        start, end = (max(0.0, float(chapter[edge] * (chapter["time_base"] or 1))) for edge in ("start", "end"))
        title = next((value for key, value in chapter["metadata"].items() if key.lower() == "title"), "")
        found.append({"start": round(start, 3), "end": round(max(start, end), 3), "title": tags.repaired(title)})
    return found


def _value(stream: Stream, name: str) -> str:
    return next((value for key, value in stream.metadata.items() if key.lower() == name), "")
