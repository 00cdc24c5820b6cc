"""The facts from the headers of a media file, in words, for its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import format_decimal, get_locale, gettext
from markupsafe import Markup

from cms.admin import probed
from cms.media.clock import clock
from cms.media.facts import Chapter, Track
from cms.media.models import MediaFile
from cms.messages import N_
from cms.pages import languages

_TAGS = {"title": N_("Title"), "artist": N_("Artist"), "album": N_("Album"), "recorded": N_("Recorded")}
_TRACKS = {"video": N_("Video"), "audio": N_("Audio"), "subtitle": N_("Subtitles")}


def facts(file: MediaFile) -> Iterator[tuple[str, str | Markup]]:
    """The names and values of known facts."""
    found: dict[str, Any] = file.facts or {}
    for name, label in _TAGS.items():
        if value := found.get("tags", {}).get(name):
            yield gettext(label), value
    if rate := found.get("bit_rate"):
        yield gettext("Bit rate"), _bit_rate(rate)
    if rate := found.get("frame_rate"):
        yield gettext("Frame rate"), gettext("%(number)s per second", number=format_decimal(rate))
    if rate := found.get("sample_rate"):
        yield gettext("Sample rate"), gettext("%(number)s kHz", number=format_decimal(rate / 1000))
    if channels := found.get("channels"):
        yield gettext("Channels"), format_decimal(channels)
    if tracks := found.get("tracks"):
        yield gettext("Tracks"), _lines(map(_track, tracks))
    if chapters := found.get("chapters"):
        yield gettext("Chapters"), _lines(map(_chapter, chapters))


def _bit_rate(rate: int) -> str:
    if rate < 1_000_000:
        return str(gettext("%(number)s kbit/s", number=format_decimal(round(rate / 1000))))
    return str(gettext("%(number)s Mbit/s", number=format_decimal(round(rate / 1_000_000, 1))))


def _track(track: Track) -> str:
    language = track["language"] and languages.name(track["language"], get_locale())
    label = _TRACKS[track["kind"]]
    return " · ".join(filter(None, (gettext(label), probed.codec(track["codec"]), language, track["title"])))


def _chapter(chapter: Chapter) -> str:
    return f"{clock(chapter['start'])} {chapter['title']}".strip()


def _lines(texts: Iterator[str]) -> Markup:
    return Markup("<br>").join(texts)
