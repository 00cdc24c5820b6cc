"""A poster for a video: the frame with the most detail of a few from all over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.sidedata.sidedata import Type
from PIL import Image, ImageStat

from cms.media.containers import BROKEN
from cms.media.derivatives import ladder
from cms.media.derivatives.opening import opened
from cms.media.derivatives.recipe import Choice, Cost, Made, Progress
from cms.media.facts import is_cover
from cms.media.models import MediaFile
from cms.media.probe import MAX_SIDE
from cms.messages import N_, InvalidInput

NAME, VERSION, COST, FIELD = "poster", 1, Cost.FAST, "poster"

#: Where frames are examined, as fractions of the duration, in this order. The first frames are often black.
PLACES = (0.10, 0.30, 0.50, 0.20, 0.40, 0.70, 0.02, 0.90)
#: How many are examined at least; then as many more as it takes until one is good.
LOOKED_AT = 3
#: How many seconds are searched of a video whose duration is unknown.
SCANNED_SECONDS = 60
#: A frame is good if its mean brightness is within these limits, and varies by more than the least deviation.
DARKEST, BRIGHTEST, LEAST_DEVIATION = 20, 235, 12
#: How many seconds after the chosen moment a frame may begin: times are rounded.
TOLERANCE = 0.002
# The width at which frames are judged, in pixels.
_JUDGED_WIDTH = 160

# How a display matrix (ISO/IEC 14496-12, section 6.2.2) turns a picture, by the signs of a, b, c and d.
_TRANSPOSED = {
    (0, 1, -1, 0): Image.Transpose.ROTATE_270,
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (0, -1, 1, 0): Image.Transpose.ROTATE_90,
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
}
_ON_ITS_SIDE = {
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.TRANSVERSE,
}


@dataclass
class _Candidate:
    frame: av.VideoFrame
    is_good: bool
    detail: float


def is_for(media_file: MediaFile) -> bool:
    """For every video."""
    return media_file.video_codec is not None


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Write the best frame in all sizes. The facts give its time in seconds."""
    for frames in (_spread, _keyframes, _beginning):  # each can read files that the one before cannot
        with opened(source) as container:
            stream = _video(container)
            best = _best(frames(container, stream), progress)
            if best:
                picture = _picture(best.frame, stream.sample_aspect_ratio or Fraction(1))
                return Made(
                    ladder.write(picture, folder), {"second": _second(container, best.frame), "is_good": best.is_good}
                )
    raise _unreadable()


def make_chosen(choice: Choice, source: Path, folder: Path, progress: Progress) -> Made:
    """Write the editor's own picture, or the frame that is shown at the chosen moment."""
    if choice.picture is not None:
        return ladder.write_own(choice.picture, folder)
    for is_indexed in (True, False):  # in some files seeking fails
        with opened(source) as container:
            stream = _video(container)
            frame = _shown_at(container, stream, choice.second or 0.0, progress, is_indexed)
            if frame:
                picture = _picture(frame, stream.sample_aspect_ratio or Fraction(1))
                return Made(ladder.write(picture, folder), {"second": _second(container, frame)})
    raise _unreadable()


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


def _video(container: InputContainer) -> av.VideoStream:
    stream = next((stream for stream in container.streams.video if not is_cover(stream)), None)
    if stream is None or stream.codec_context is None:
        raise _unreadable()
    if max(stream.codec_context.width, stream.codec_context.height) > MAX_SIDE:
        raise _too_large()
    stream.codec_context.thread_count = 2
    stream.codec_context.skip_frame = "NONKEY"
    return stream


def _spread(container: InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """A keyframe near each of the places, if the duration is known."""
    length, start = container.duration or 0, container.start_time or 0
    for place in PLACES if length else ():
        try:
            container.seek(int(start + length * place))
            frame = next(container.decode(stream), None)
        except BROKEN:
            continue  # another frame may be intact
        if frame:
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
        yield from container.decode(stream)


def _best(frames: Iterator[av.VideoFrame], progress: Progress) -> _Candidate | None:
    best: _Candidate | None = None
    for number, frame in enumerate(islice(frames, len(PLACES)), 1):
        if max(frame.width, frame.height) > MAX_SIDE:
            raise _too_large()
        found = _judged(frame)
        if best is None or (found.is_good, found.detail) > (best.is_good, best.detail):
            best = found
        progress(100 * number / (len(PLACES) + 1))
        if number >= LOOKED_AT and best.is_good:
            break
    return best


def _judged(frame: av.VideoFrame) -> _Candidate:
    height = max(1, round(frame.height * _JUDGED_WIDTH / frame.width))
    small = _image(frame, _JUDGED_WIDTH, height, "gray")
    seen = ImageStat.Stat(small)
    is_good = DARKEST <= seen.mean[0] <= BRIGHTEST and seen.stddev[0] > LEAST_DEVIATION
    return _Candidate(frame, is_good, small.entropy())


def _picture(frame: av.VideoFrame, aspect: Fraction) -> Image.Image:
    """The frame with square pixels, turned as the file says, and at most as wide as the largest size."""
    turn = _turn(frame)
    width, height = max(1, round(frame.width * aspect)), frame.height
    shown_width = height if turn in _ON_ITS_SIDE else width
    scale = min(1.0, ladder.WIDTHS[-1] / shown_width)
    picture = _image(frame, max(1, round(width * scale)), max(1, round(height * scale)), "rgb24")
    return picture if turn is None else picture.transpose(turn)


def _image(frame: av.VideoFrame, width: int, height: int, pixels: str) -> Image.Image:
    scaled = frame.reformat(width, height, pixels, interpolation="LANCZOS")
    return cast(Image.Image, scaled.to_image())  # type: ignore[no-untyped-call]


def _turn(frame: av.VideoFrame) -> Image.Transpose | None:
    side_data = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if side_data is None:
        return None
    a, b, _, c, d, *_rest = memoryview(bytes(side_data)).cast("i")
    largest = max(map(abs, (a, b, c, d))) or 1
    return _TRANSPOSED.get(tuple(round(value / largest) for value in (a, b, c, d)))  # type: ignore[arg-type]


def _too_large() -> InvalidInput:
    return InvalidInput(N_("The picture is larger than %(side)s pixels."), side=MAX_SIDE)


def _unreadable() -> InvalidInput:
    return InvalidInput(N_("No picture of this video can be read."))
