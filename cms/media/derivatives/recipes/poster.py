"""A poster for a video: the first frame with much detail, or else the one with the most of a few from all over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
from av.container import InputContainer
from PIL import ImageStat

from cms.media.containers import BROKEN
from cms.media.derivatives import film, ladder
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Choice, Cost, Made, Progress
from cms.media.models import MediaFile

NAME, VERSION, COST, FIELD = "poster", 1, Cost.FAST, "poster"

#: Where frames are examined, as fractions of the duration, in this order. The first frames are often black.
PLACES = (0.10, 0.30, 0.50, 0.20, 0.40, 0.70, 0.02, 0.90)
#: How many are examined, unless an earlier one has enough detail; then as many more as it takes until one is good.
LOOKED_AT = 3
#: As much detail as any frame needs, in bits: photographs have 7 or more, drawings and screens 3 to 5.
ENOUGH_DETAIL = 5.5
#: How many seconds are searched of a video whose duration is unknown.
SCANNED_SECONDS = 60
#: A frame is good if its mean brightness is within these limits, and varies by more than the least deviation.
DARKEST, BRIGHTEST, LEAST_DEVIATION = 20, 235, 12
#: How many seconds after the chosen moment a frame may begin: times are rounded.
TOLERANCE = 0.002
# The width at which frames are judged, in pixels.
_JUDGED_WIDTH = 160


@dataclass
class _Candidate:
    frame: av.VideoFrame
    is_good: bool
    detail: float  # the entropy of its brightness, in bits


def is_for(media_file: MediaFile) -> bool:
    """For every video."""
    return media_file.video_codec is not None


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Write the best frame in all sizes. The facts give its time in seconds."""
    for frames in (_spread, _keyframes, _beginning):  # each can read files that the one before cannot
        with opened(source) as container:
            stream = film.keyframe_stream(container)
            best = _best(frames(container, stream), progress)
            if best:
                picture = film.picture(best.frame, stream, ladder.WIDTHS[-1])
                facts = {"second": _second(container, best.frame), "is_good": best.is_good}
                return Made(ladder.write(picture, folder), facts)
    raise film.unreadable()


def make_chosen(choice: Choice, source: Path, folder: Path, progress: Progress) -> Made:
    """Write the editor's own picture, or the frame that is shown at the chosen moment."""
    if choice.picture is not None:
        return ladder.write_own(choice.picture, folder)
    for is_indexed in (True, False):  # in some files seeking fails
        with opened(source) as container:
            stream = film.keyframe_stream(container)
            frame = _shown_at(container, stream, choice.second or 0.0, progress, is_indexed)
            if frame:
                picture = film.picture(frame, stream, ladder.WIDTHS[-1])
                return Made(ladder.write(picture, folder), {"second": _second(container, frame)})
    raise film.unreadable()


def _second(container: InputContainer, frame: av.VideoFrame) -> float:
    """The time of a frame, counted from the beginning as players do."""
    return round(max(0.0, (frame.time or 0.0) - (container.start_time or 0) / av.time_base), 3)


def _shown_at(
    container: InputContainer, stream: av.VideoStream, second: float, progress: Progress, is_indexed: bool
) -> av.VideoFrame | None:
    """The frame that is shown at that moment. After the last one, that is the last one."""
    stream.codec_context.skip_frame = "DEFAULT"
    if is_indexed:
        try:
            container.seek((container.start_time or 0) + int(second * av.time_base))
        except BROKEN:
            return None
    shown, first = None, None
    for frame in _decoded(container, stream):
        at = _second(container, frame)
        first = at if first is None else first
        if shown is not None and at > second + TOLERANCE:
            break
        shown = frame
        progress(90 * min(1.0, (at - first) / max(second - first, TOLERANCE)))
    return shown


def _spread(container: InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """A keyframe near each of the places, if the duration is known."""
    length = container.duration or 0
    for place in PLACES if length else ():
        if frame := film.keyframe_at(container, stream, int(length * place)):
            yield frame


def _keyframes(container: InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Keyframes of the beginning, for a video in which seeking fails, or whose duration is unknown."""
    first: float | None = None
    for frame in islice(_decoded(container, stream), 0, None, 3):
        yield frame
        first = frame.time if first is None else first
        if first is not None and (frame.time or 0) - first > SCANNED_SECONDS:
            return


def _beginning(container: InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Frames of the beginning, for a video without keyframes, or without any marked as such."""
    stream.codec_context.skip_frame = "DEFAULT"
    yield from islice(_decoded(container, stream), 0, None, 30)


def _decoded(container: InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Frames up to the end, or up to the point where the file is damaged."""
    with suppress(*BROKEN):
        for frame in container.decode(stream):
            film.check_size(frame.width, frame.height)
            yield frame


def _best(frames: Iterator[av.VideoFrame], progress: Progress) -> _Candidate | None:
    best: _Candidate | None = None
    for number, frame in enumerate(islice(frames, len(PLACES)), 1):
        found = _judged(frame)
        if best is None or (found.is_good, found.detail) > (best.is_good, best.detail):
            best = found
        progress(100 * number / (len(PLACES) + 1))
        if best.is_good and (number >= LOOKED_AT or best.detail >= ENOUGH_DETAIL):
            break
    return best


def _judged(frame: av.VideoFrame) -> _Candidate:
    height = max(1, round(frame.height * _JUDGED_WIDTH / frame.width))
    small = film.image(frame, _JUDGED_WIDTH, height, "gray", "AREA")  # to prepare the best filter takes 4 ms
    seen = ImageStat.Stat(small)
    is_good = DARKEST <= seen.mean[0] <= BRIGHTEST and seen.stddev[0] > LEAST_DEVIATION
    return _Candidate(frame, is_good, small.entropy())
