"""The waveform of a recording, in the format of audiowaveform: JSON, version 2, 8 bits, one channel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from PIL import Image

from cms.media.derivatives import sound
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Cost, Made, MadeFile, Progress
from cms.media.models import MediaFile

NAME, VERSION, COST, FIELD = "waveform", 1, Cost.MEDIUM, "waveform"

#: The approximate number of points if the duration is known. There are never more than twice as many.
POINTS = 1800
#: Samples per point if the duration is unknown. They are doubled whenever there are too many points.
FEWEST_SAMPLES = 4096

#: The lowest and the highest sample of a stretch, as 8-bit values.
Point = tuple[int, int]


def is_for(media_file: MediaFile) -> bool:
    """For every recording."""
    return media_file.audio_codec is not None and media_file.video_codec is None


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Decode all of the sound and write the points."""
    with opened(source) as container:
        stream = sound.stream(container)
        rate = stream.codec_context.sample_rate
        length = (container.duration or 0) / av.time_base
        samples = max(1, -(-int(length * rate) // POINTS)) if length else FEWEST_SAMPLES
        points: list[Point] = []
        pending: list[Point] = []
        together = 1  # how many stretches of `samples` make one point
        for number, point in enumerate(_stretches(container, stream, samples), 1):
            pending.append(point)
            if len(pending) == together:
                points.append(_joined(pending))
                pending.clear()
            if len(points) == 2 * POINTS:
                points = [_joined(points[start : start + 2]) for start in range(0, len(points), 2)]
                together *= 2
            if length and number % 10 == 0:
                progress(min(99.0, 100 * number * samples / rate / length))
    if pending:
        points.append(_joined(pending))
    if not points:
        raise sound.unreadable()
    waveform = {
        "version": 2,
        "channels": 1,
        "sample_rate": rate,
        "samples_per_pixel": samples * together,
        "bits": 8,
        "length": len(points),
        "data": [edge for point in points for edge in point],
    }
    (folder / "points.json").write_text(json.dumps(waveform, separators=(",", ":")), encoding="ascii")
    return Made([MadeFile("points.json")])


def _stretches(container: InputContainer, stream: av.AudioStream, samples: int) -> Iterator[Point]:
    """The lowest and highest sample of each stretch, up to the end or to where the file is damaged."""
    mono = av.AudioResampler(format="s32", layout="mono", rate=stream.codec_context.sample_rate, frame_size=samples)
    for _time, frame in sound.resampled(container, stream, mono):
        yield _edges(frame)


def _edges(frame: av.AudioFrame) -> Point:
    """The lowest and the highest sample, which Pillow finds in C."""
    samples = bytes(frame.planes[0])[: frame.samples * 4]
    edges = Image.frombuffer("I", (frame.samples, 1), samples, "raw", "I", 0, 1).getextrema()
    low, high = cast(tuple[int, int], edges)
    return int(low / 2**24), int(high / 2**24)


def _joined(points: list[Point]) -> Point:
    return min(low for low, _ in points), max(high for _, high in points)
