"""The files of the demo pages, each made when it is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache, partial

from PIL import Image, ImageDraw

from cms.demo import encoding, sounds
from cms.demo.contents import File
from cms.demo.harbour import Scene, drawn
from cms.demo.paint import Size

_SIZE, _FPS = (768, 432), 12
PICTURE = (1600, 1000)


@cache
def dawn() -> bytes:
    """The harbour, from the last stars to the morning, while two boats leave: an MP4."""
    seconds = 22

    def scenes() -> Iterator[Image.Image]:
        for number in range(seconds * _FPS):
            part, second = number / (seconds * _FPS), number / _FPS
            boats = ((0.3 + 0.35 * part, 0.12 + 0.1 * part), (0.38 + 0.3 * part, 0.35 + 0.35 * part))
            yield drawn(Scene(4.6 + 2.9 * part, second, boats, gulls=4 if part > 0.6 else 0), _SIZE)

    return encoding.film(scenes(), _FPS, sounds.tune(seconds), "The harbour at dawn")


@cache
def beam() -> bytes:
    """The lighthouse at night, as an old camera keeps it: an AVI, which no browser plays."""
    seconds = 12
    scenes = (drawn(Scene(21.6 + number / 900, number / _FPS), (576, 432)) for number in range(seconds * _FPS))
    return encoding.film(scenes, _FPS, sounds.surf(seconds), "", "avi", "mpeg4 libmp3lame")


@cache
def clock() -> bytes:
    """The clock of the ferry, twenty seconds before it leaves: a square MP4."""
    seconds = 20
    start = 10 * 3600 - seconds
    faces = (_face(start + 1 + number // 4, (480, 480)) for number in range(seconds * 4))
    return encoding.film(faces, 4, sounds.ticking(seconds), "The ferry's clock")


@cache
def tune() -> bytes:
    """A slow tune with a cover and three chapters: an MP3."""
    seconds = 42
    third = seconds // 3
    chapters = [
        (third * number, third * (number + 1), title)
        for number, title in enumerate(("Low tide", "The first ferry", "Coffee on the quay"))
    ]
    cover = encoding.jpeg(drawn(Scene(6.6, 2, ((0.5, 0.45),), gulls=3), (800, 800)))
    tags = {"title": "Music for a slow morning", "artist": "make demo", "album": "The harbour"}
    return encoding.recording(sounds.tune(seconds), "mp3", "libmp3lame", tags, cover, chapters)


@cache
def foghorn() -> bytes:
    """Two blasts of a foghorn: a FLAC."""
    seconds = 18
    return encoding.recording(sounds.foghorn((2, 10), seconds), "flac", "flac", {"title": "The foghorn"})


@cache
def picture(hour: float, *, snow: bool = False, gulls: int = 0, boats: int = 2) -> bytes:
    """The harbour at an hour: a JPEG."""
    places = ((0.42, 0.25), (0.63, 0.6), (0.52, 0.05), (0.35, 0.75), (0.7, 0.3))[:boats]
    return encoding.jpeg(drawn(Scene(hour, 3, places, snow=snow, gulls=gulls), PICTURE))


def pictured(
    credit: str, name: str, hour: float, caption: str, alt: str, *, snow: bool = False, gulls: int = 0, boats: int = 2
) -> File:
    """The harbour at an hour, as one of the pictures of a gallery."""
    make = partial(picture, hour, snow=snow, gulls=gulls, boats=boats)
    return File("pictures", name, make, {"alt": alt, "caption": caption, "credit": credit})


def _face(second: int, size: Size) -> Image.Image:
    """A clock's face, drawn at twice its size."""
    face = Image.new("RGB", (size[0] * 2, size[1] * 2), (26, 38, 78))
    draw, middle = ImageDraw.Draw(face), size[0]

    def at(turn: float, radius: float) -> tuple[float, float]:
        angle = 2 * math.pi * turn
        return middle + math.sin(angle) * radius * middle, middle - math.cos(angle) * radius * middle

    def disc(radius: float, colour: tuple[int, int, int]) -> None:
        draw.ellipse((*at(-0.125, radius * math.sqrt(2)), *at(0.375, radius * math.sqrt(2))), fill=colour)

    disc(0.9, (206, 70, 62))
    disc(0.84, (250, 244, 230))
    for minute in range(60):
        is_hour = minute % 5 == 0
        ends = at(minute / 60, 0.68 if is_hour else 0.74), at(minute / 60, 0.78)
        draw.line(ends, fill=(60, 60, 76), width=14 if is_hour else 5)
    hands = ((second / 43_200, 0.45, 26), (second / 3600, 0.66, 18))
    for turn, length, width in hands:
        draw.line((at(turn + 0.5, 0.08), at(turn, length)), fill=(38, 44, 70), width=width)
    draw.line((at(second / 60 + 0.5, 0.16), at(second / 60, 0.72)), fill=(206, 70, 62), width=7)
    disc(0.045, (206, 70, 62))
    return face.reduce(2)
