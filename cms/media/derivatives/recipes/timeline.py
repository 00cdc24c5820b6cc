"""Thumbnails along the timeline of a video: one picture with all of them, and a WebVTT file that says where each is.

The cues are what players expect: ``tiles.webp#xywh=160,0,160,90``, relative to the WebVTT file.
"""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image

from cms.media.derivatives import film
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Cost, Made, MadeFile, Progress
from cms.media.models import MediaFile
from cms.media.subtitles.cues import Cue, Track

NAME, VERSION, COST, FIELD = "timeline", 1, Cost.FAST, "timeline"

#: A shorter video, in seconds, is found without thumbnails.
SHORTEST = 10
#: There is a thumbnail every two seconds, or as many as this in all.
MOST, INTERVAL = 100, 2
#: Thumbnails fit into a square of this side, in pixels.
SIDE = 160
_COLUMNS = 10


def is_for(media_file: MediaFile) -> bool:
    """For every video that is long enough, and whose length is known."""
    return media_file.video_codec is not None and (media_file.duration or 0) >= SHORTEST


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Read a keyframe for each thumbnail. Where none can be read, the one before is shown once more."""
    with opened(source) as container:
        stream = film.keyframe_stream(container)
        length = (container.duration or 0) / 1_000_000
        if not length:
            raise film.unreadable()
        interval = max(INTERVAL, math.ceil(length / MOST))
        count = max(1, math.ceil(length / interval))
        tiles: list[Image.Image | None] = []
        for number in range(count):
            # The keyframe before the middle is the nearest, more often than not.
            frame = film.keyframe_at(container, stream, int((number + 0.5) * interval * 1_000_000))
            tiles.append(film.picture(frame, stream, SIDE, SIDE) if frame else None)
            progress(100 * (number + 1) / (count + 1))
    width, height = next((tile.size for tile in tiles if tile), (0, 0))
    if not width:
        raise film.unreadable()
    sheet = Image.new("RGB", (width * min(count, _COLUMNS), height * math.ceil(count / _COLUMNS)))
    cues: list[Cue | str] = []
    shown = next(filter(None, tiles))
    for number, tile in enumerate(tiles):
        shown = tile or shown
        x, y = number % _COLUMNS * width, number // _COLUMNS * height
        sheet.paste(shown if shown.size == (width, height) else shown.resize((width, height)), (x, y))
        end = min((number + 1) * interval, length)
        cues.append(Cue(number * interval * 1000, round(end * 1000), f"tiles.webp#xywh={x},{y},{width},{height}"))
    sheet.save(folder / "tiles.webp", quality=70, method=4)
    (folder / "tiles.vtt").write_text(str(Track("WEBVTT", cues)), encoding="ascii")
    return Made(
        [MadeFile("tiles.vtt", names=("tiles.webp",)), MadeFile("tiles.webp", sheet.width, sheet.height)],
        {"interval": interval, "count": count},
    )
