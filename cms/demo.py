"""Demo pages with generated media files: moving patterns of colour, chords, and hills.

The files are uploads like any other: staged here, then inspected and deduplicated by the workers.
"""

from __future__ import annotations

import io
import math
from array import array
from fractions import Fraction
from functools import cache
from typing import Any, cast

import av
from PIL import Image, ImageDraw, ImageOps
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.models import Upload
from cms.media.storage.staging import Staging
from cms.pages import attachments, pages
from cms.pages.models import Page, kind_named

WIDTH, HEIGHT, FPS, SECONDS = 640, 360, 24, 4
RATE = 48_000
#: Frequencies in Hz. Each chord lasts one second.
A_MINOR, F_MAJOR, C_MAJOR, G_MAJOR = (220, 261.6, 329.6), (174.6, 220, 261.6), (261.6, 329.6, 392), (196, 246.9, 293.7)

_SUBTITLES = """1
00:00:00,000 --> 00:00:02,000
{first}

2
00:00:02,000 --> 00:00:04,000
{second}
"""


def make_pages(session: Session, staging: Staging) -> list[Upload]:
    """Add the demo pages that are not there yet, and return their uploads; the caller commits, then sends them."""
    made = []
    for title, language, text, items in _pages():
        if session.scalar(select(Page.id).where(Page.title == title)):
            continue
        page = Page(title=title, slug=pages.slug_for(session, title), text=text, is_published=True, language=language)
        session.add(page)
        session.flush()
        for order, (kind, fields, files) in enumerate(items, start=1):
            item = kind_named(kind)(page=page, order=order, **fields)
            session.add(item)
            for slot, (filename, data) in files.items():
                staged = staging.receive(len(data))
                staged.write(data)
                staged.keep()
                made.append(attachments.stage(session, item, slot, filename, len(data), staged.path.name))
    return made


def _pages() -> list[tuple[str, str, str, list[tuple[str, dict[str, Any], dict[str, tuple[str, bytes]]]]]]:
    """Each page's title, language, text and items; each item's kind, fields, and files by slot."""
    waves = _video("webm", "libvpx", "libopus", (90, 60, 140), (A_MINOR, F_MAJOR, C_MAJOR, G_MAJOR))
    dawn = _video("mp4", "libx264", "aac", (40, 220, 70), (C_MAJOR, G_MAJOR, A_MINOR, F_MAJOR))
    chords = _audio("mp3", "libmp3lame", (A_MINOR, F_MAJOR, C_MAJOR, G_MAJOR) * 2)
    return [
        (
            "Welcome to Mediafold",
            "en",
            "This page was made by `make demo`. Sign in under **/admin/** and change whatever you like.",
            [
                ("text", {"title": "What you see", "text": _TOUR}, {}),
                (
                    "video",
                    {"title": "Waves"},
                    {"video": ("waves.webm", waves), "subtitles": ("waves.srt", _subtitles("Waves,", "and a chord."))},
                ),
                (
                    "picture",
                    {
                        "title": "Hills in the evening",
                        "alt_text": "Five ranges of hills, each darker than the one behind it, below an orange sky.",
                        "caption": "The last light, after everybody has gone home.",
                        "credit": "Drawn by make demo",
                    },
                    {"picture": ("hills.jpg", _drawn("JPEG", quality=88))},
                ),
                (
                    "audio",
                    {"title": "Four chords", "text": "A minor, F, C, G. *Twice.*"},
                    {"audio": ("chords.mp3", chords)},
                ),
            ],
        ),
        (
            "The same bytes twice",
            "en",
            "Two editors upload one video under two names. It is stored **once**, and both items play it.",
            [
                ("video", {"title": "The first upload"}, {"video": ("dawn.mp4", dawn)}),
                ("video", {"title": "The second, renamed"}, {"video": ("copy of dawn (final).mp4", dawn)}),
            ],
        ),
        (
            "Добро пожаловать",
            "ru",
            "Эту страницу создала команда `make demo`. Текст размечен в *Markdown*.",
            [
                ("text", {"title": "О чём это", "text": _TOUR_RU}, {}),
                (
                    "video",
                    {"title": "Волны и субтитры"},
                    {"video": ("волны.webm", waves), "subtitles": ("волны.srt", _subtitles("Волны", "и аккорд."))},
                ),
            ],
        ),
        (
            "Sound, and a link to another site",
            "en",
            "An item shows an uploaded file, or a link to a file on another site.",
            [
                (
                    "audio",
                    {"title": "A slow chord", "text": "> Lossless, as FLAC.\n\nThe text of a recording may be long."},
                    {"audio": ("slow chord.flac", _audio("flac", "flac", (F_MAJOR, F_MAJOR, C_MAJOR, C_MAJOR)))},
                ),
                ("video", {"title": "A video on another site", "video_url": "https://example.com/video.mp4"}, {}),
                (
                    "embed",
                    {
                        "title": "A film on another site",
                        "embed_url": "https://video.blender.org/w/264ff760-803e-430e-8d81-15648e904183",
                        "text": "*Big Buck Bunny*. No other site is asked before you start it.",
                    },
                    {},
                ),
                (
                    "document",
                    {"title": "A document", "text": "Two pages with hills."},
                    {"document": ("hills.pdf", _drawn("PDF", save_all=True, append_images=[_hills()]))},
                ),
            ],
        ),
    ]


def _video(container: str, codec: str, sound_codec: str, speeds: tuple[int, int, int], chords: Any) -> bytes:
    """Encode waves that move through luma and both chroma planes, each at its own speed, over chords."""
    # One long row for each plane; every row of every frame is a slice of it.
    rows = [_wave(period, 2 * WIDTH + HEIGHT + FPS * SECONDS * 4) for period in speeds]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream = cast("av.VideoStream", output.add_stream(codec, rate=FPS))
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = WIDTH, HEIGHT, "yuv420p", 800_000
        stream.options = {"preset": "veryfast"} if codec == "libx264" else {"deadline": "realtime", "cpu-used": "8"}
        sound = cast("av.AudioStream", output.add_stream(sound_codec, rate=RATE))
        sound.layout = "mono"
        for number in range(FPS * SECONDS):
            frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane, row, slope in zip(frame.planes, rows, (1, 2, 0), strict=True):
                starts = (number * 3 + y * slope for y in range(plane.height))
                size = plane.line_size
                plane.update(b"".join((row[start : start + plane.width]).ljust(size, b"\0") for start in starts))
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            output.mux(stream.encode(frame))
            if number % FPS == 0:
                output.mux(sound.encode(_sound_frame(chords[number // FPS % len(chords)], number // FPS)))
        output.mux(stream.encode())
        output.mux(sound.encode())
    return buffer.getvalue()


def _audio(container: str, codec: str, chords: Any) -> bytes:
    """Encode one chord per second."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream = cast("av.AudioStream", output.add_stream(codec, rate=RATE))
        stream.layout = "mono"
        for second, chord in enumerate(chords):
            output.mux(stream.encode(_sound_frame(chord, second)))
        output.mux(stream.encode())
    return buffer.getvalue()


def _drawn(kind: str, **options: Any) -> bytes:
    """Hills as a file of a type that Pillow writes."""
    buffer = io.BytesIO()
    _hills().save(buffer, kind, **options)
    return buffer.getvalue()


def _hills(width: int = 1600, height: int = 1000) -> Image.Image:
    """Draw ranges of hills below an evening sky."""
    sky = Image.linear_gradient("L").resize((width, height))
    picture = ImageOps.colorize(sky, (38, 44, 92), (255, 214, 140), mid=(232, 112, 92))
    draw = ImageDraw.Draw(picture)
    for number in range(5):
        ridge = [
            (x, height * (0.5 + 0.1 * number + 0.05 * math.sin(x / (180 - 20 * number) + 2 * number)))
            for x in range(0, width + 10, 10)
        ]
        shade = 100 - 20 * number
        draw.polygon([*ridge, (width, height), (0, height)], fill=(shade, shade // 2, shade))
    return picture


def _sound_frame(chord: tuple[float, ...], second: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="mono", samples=RATE)
    frame.planes[0].update(_samples(chord))
    frame.sample_rate, frame.pts, frame.time_base = RATE, second * RATE, Fraction(1, RATE)
    return frame


@cache
def _samples(chord: tuple[float, ...]) -> bytes:
    """One second of a fading chord, as PCM samples."""
    samples = array("h")
    for position in range(RATE):
        tone = sum(math.sin(2 * math.pi * pitch * position / RATE) for pitch in chord)
        samples.append(int(7000 * tone * math.exp(-2 * position / RATE) * min(1, position / 500)))
    return samples.tobytes()


def _wave(period: int, length: int) -> bytes:
    return bytes(int(128 + 90 * math.sin(2 * math.pi * position / period)) for position in range(length))


def _subtitles(first: str, second: str) -> bytes:
    return _SUBTITLES.format(first=first, second=second).encode()


_TOUR = """A page holds **items**, in the order that its editors gave them:

1. text, like this one;
2. video, with subtitles;
3. audio, with words to it.

| what | where |
| --- | --- |
| this site as JSON | [/api/page/content/](/api/page/content/) |
| its documentation | [/swagger/](/swagger/) |
"""

_TOUR_RU = """На странице по порядку стоят **элементы**: видео, звук и тексты.

- Файл хранится *один раз*, сколько бы раз его ни загрузили.
- Каждый просмотр посчитан.
"""
