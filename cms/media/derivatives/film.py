"""The pictures of a film as players show them: upright, with square pixels. Recipes read keyframes of it."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import cast

import av
from av.container import InputContainer
from av.sidedata.sidedata import Type
from av.video.reformatter import VideoReformatter
from PIL import Image

from cms.media.containers import BROKEN
from cms.media.facts import is_cover
from cms.media.probe import MAX_SIDE
from cms.messages import N_, InvalidInput

# How many packets are read after a seek to find a keyframe. Most containers seek to one.
_MOST_PACKETS = 1000

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


def keyframe_stream(container: InputContainer) -> av.VideoStream:
    """The first video track, set to decode keyframes alone.

    Raises:
        InvalidInput: there is none, or its pictures are too large.
    """
    stream = next((stream for stream in container.streams.video if not is_cover(stream)), None)
    if stream is None or stream.codec_context is None:
        raise unreadable()
    check_size(stream.codec_context.width, stream.codec_context.height)
    stream.codec_context.thread_count = 2
    stream.codec_context.skip_frame = "NONKEY"
    return stream


def keyframe_at(container: InputContainer, stream: av.VideoStream, microseconds: int) -> av.VideoFrame | None:
    """A keyframe near a time that counts from the film's start; ``None`` if none can be read there.

    Raises:
        InvalidInput: it is too large.
    """
    try:
        container.seek(microseconds + (container.start_time or 0))
        frame = _next_keyframe(container, stream)
    except BROKEN:
        return None  # another frame may be intact
    if frame:
        check_size(frame.width, frame.height)
    return frame


def _next_keyframe(container: InputContainer, stream: av.VideoStream) -> av.VideoFrame | None:
    for packet in islice(container.demux(stream), _MOST_PACKETS):
        frames = packet.decode()
        if packet.is_keyframe and not frames:
            frames = stream.codec_context.decode(None)  # otherwise the decoder waits for the frames that follow
        if frames:
            frames[0].time_base = stream.time_base  # PyAV does not set it on what is flushed
        if frames or packet.is_keyframe:
            return next(iter(frames), None)
    return None


def picture(frame: av.VideoFrame, stream: av.VideoStream, width: int, height: int | None = None) -> Image.Image:
    """A frame with square pixels, turned as the file says. It is scaled down to fit the width, and the height."""
    turn = _turn(frame)
    own_width, own_height = max(1, round(frame.width * (stream.sample_aspect_ratio or Fraction(1)))), frame.height
    shown_width, shown_height = (own_height, own_width) if turn in _ON_ITS_SIDE else (own_width, own_height)
    scale = min(1.0, width / shown_width, height / shown_height if height else 1.0)
    shown = image(frame, max(1, round(own_width * scale)), max(1, round(own_height * scale)), "rgb24")
    return shown if turn is None else shown.transpose(turn)


def image(frame: av.VideoFrame, width: int, height: int, pixels: str, interpolation: str = "LANCZOS") -> Image.Image:
    """A frame as it is stored, in another size."""
    scaled = VideoReformatter().reformat(frame, width, height, pixels, interpolation=interpolation)
    return cast(Image.Image, scaled.to_image())  # type: ignore[no-untyped-call]


def check_size(width: int, height: int) -> None:
    """Raise InvalidInput if a picture is too large to be decoded."""
    if max(width, height) > MAX_SIDE:
        raise InvalidInput(N_("The picture is larger than %(side)s pixels."), side=MAX_SIDE)


def unreadable() -> InvalidInput:
    """The error that nothing of the film can be shown."""
    return InvalidInput(N_("No picture of this video can be read."))


def _turn(frame: av.VideoFrame) -> Image.Transpose | None:
    side_data = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if side_data is None:
        return None
    a, b, _, c, d, *_rest = memoryview(bytes(side_data)).cast("i")
    largest = max(map(abs, (a, b, c, d))) or 1
    return _TRANSPOSED.get(tuple(round(value / largest) for value in (a, b, c, d)))  # type: ignore[arg-type]
