"""Chapters of what an item plays: from a track of chapters, from times that an editor has written, or from the file."""

from __future__ import annotations

import html
import re
from contextlib import suppress
from typing import Any

from sqlalchemy import Text, TypeDecorator
from sqlalchemy.orm import Mapped, mapped_column

from cms.media import clock
from cms.media.subtitles.cues import Cue, Track
from cms.messages import N_, InvalidInput
from cms.pages import captions
from cms.pages.models import kind_named

# A number without a colon is more likely the first word of a title than a time.
_LINE = re.compile(r"(\S+:\S+)\s+(\S.*)")

#: How long the last chapter lasts in a track, in seconds, if its end is not known: longer than anything that is played.
_OPEN = 10 * 24 * 3600


class ChapterTimes(TypeDecorator[str]):
    """A line for each chapter: its time and its title. A type of its own, so that the form can check it."""

    impl = Text
    cache_ok = True


class WithChapters:
    """The chapters of a kind that plays something, as an editor writes them."""

    chapter_times: Mapped[str] = mapped_column(
        ChapterTimes,
        default="",
        server_default="",
        info={
            "label": N_("Chapters"),
            "description": "The chapters as an editor has written them, a line for each; may be empty. The `chapters` "
            "of the file have their times in seconds.",
            "example": "0:00 Arrival\n12:34 The harbour\n1:02:03 Farewell",
        },
    )


def read(text: str, duration: float | None = None) -> list[dict[str, Any]]:
    """The chapters that a text names, as in the JSON. Each ends where the next one begins.

    Args:
        text: lines like ``12:34 The harbour``.
        duration: where the last one ends. What begins later is left out.

    Raises:
        InvalidInput: a line has no time or title, or its time is not after that of the line before.
    """
    found: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        start = clock.parse(match[1]) if match else None
        if match is None or start is None:
            raise InvalidInput(
                N_("Line %(number)d is not a time and a title, like “12:34 The harbour”."), number=number
            )
        if found and start <= found[-1]["start"]:
            raise InvalidInput(N_("The time in line %(number)d is not after the time before it."), number=number)
        if found:
            found[-1]["end"] = start
        found.append({"start": start, "end": duration, "title": match[2]})
    if duration is None:
        return found
    kept = [chapter for chapter in found if chapter["start"] < duration]
    return [{**chapter, "end": min(chapter["end"], duration)} for chapter in kept]


def of(item: dict[str, Any], duration: float | None = None) -> list[dict[str, Any]]:
    """The chapters that an editor has given an item: those of its first track of chapters, or those written."""
    if track := _track(item):
        return list(track["file"]["chapters"])
    with suppress(InvalidInput):
        return read(item.get("chapter_times") or "", duration)
    return []


def track_path(item: dict[str, Any]) -> str | None:
    """The path of the track of chapters that an item has as a file; ``None`` if its chapters come from elsewhere."""
    track = _track(item)
    return track["path"] if track else None


def of_player(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The chapters of what an item plays: of its file, or of a file of another site, of which only an editor knows."""
    slots = kind_named(item["content_type"]).slots
    files = (item[slot.file_field] for slot in slots if slot.accepts in ("video", "audio") and not slot.many)
    file = next(filter(None, files), None)
    return list(file["chapters"] or ()) if file else of(item)


def webvtt(chapters: list[dict[str, Any]]) -> str:
    """Chapters as a track for players."""
    return str(Track("WEBVTT", [_cue(chapter) for chapter in chapters]))


def _track(item: dict[str, Any]) -> dict[str, Any] | None:
    """The first track of chapters of an item that has any."""
    for slot in kind_named(item["content_type"]).slots:
        for track in item[slot.name] if slot.many else ():
            if track.get("kind") == captions.CHAPTERS and track["file"]["chapters"]:
                return dict(track)
    return None


def _cue(chapter: dict[str, Any]) -> Cue:
    start = round(chapter["start"] * 1000)
    end = start + _OPEN * 1000 if chapter["end"] is None else round(chapter["end"] * 1000)
    title = " ".join(chapter["title"].split())
    return Cue(start, max(end, start + 1), html.escape(title, quote=False))
