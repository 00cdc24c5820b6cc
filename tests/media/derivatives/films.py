"""Films with distinguishable pictures, and recordings with known samples."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image

from tests import mediabytes

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 30), (30, 30, 200), (250, 250, 250)


def corners(width: int, height: int) -> Image.Image:
    """A picture whose quarters are red, green, blue and white, from upper left to lower right."""
    picture = Image.new("RGB", (2, 2))
    picture.putdata([RED, GREEN, BLUE, WHITE])
    return picture.resize((width, height), Image.Resampling.NEAREST)


def plain(width: int, height: int, shade: int = 0) -> Image.Image:
    """A picture in a single shade of grey."""
    return Image.new("RGB", (width, height), (shade,) * 3)


def film(
    path: Path,
    pictures: Sequence[Image.Image],
    *,
    container: str = "mp4",
    turned: int = 0,
    aspect: Fraction = Fraction(1),
    chapters: Sequence[tuple[float, float, str]] = (),
) -> Path:
    """A film of those pictures, each of which is a keyframe and is shown for a second."""
    with av.open(str(path), "w", format=container) as output:
        output.set_chapters([mediabytes.chapter(number, *each) for number, each in enumerate(chapters)])
        stream = output.add_stream("libx264", rate=1, options={"g": "1", "preset": "ultrafast", "bf": "0"})
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        if turned:
            stream.set_display_rotation(turned)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = number, Fraction(1)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def sound(path: Path, samples: Sequence[tuple[int, int]], *, rate: int = 8000, container: str = "wav") -> Path:
    """A lossless stereo recording of those samples."""
    codec = {"wav": "pcm_s16le", "flac": "flac"}[container]
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout="stereo")
        for start in range(0, len(samples), rate):
            data = array("h", [value for pair in samples[start : start + rate] for value in pair]).tobytes()
            frame = av.AudioFrame("s16", "stereo", len(data) // 4)
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            frame.planes[0].update(data.ljust(frame.planes[0].buffer_size, b"\0"))
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path
