"""The sound of a file, decoded as far as it is intact."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.container import InputContainer
from av.stream import Disposition

from cms.media.containers import BROKEN
from cms.messages import N_, InvalidInput


def stream(container: InputContainer) -> av.AudioStream:
    """The audio track that is marked as the default, or else the first.

    Raises:
        InvalidInput: there is none that can be decoded.
    """
    known = [stream for stream in container.streams.audio if stream.codec_context]
    marked = [stream for stream in known if stream.disposition & Disposition.default]
    for found in (*marked, *known):
        found.codec_context.thread_count = 2
        return found
    raise unreadable()


def resampled(
    container: InputContainer, stream: av.AudioStream, resampler: av.AudioResampler
) -> Iterator[tuple[float | None, av.AudioFrame]]:
    """The frames of a track through a resampler, up to the end or to where the file is damaged.

    With each comes the time in seconds at which its sound begins in the file, if that is known.
    """
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except BROKEN:
                continue  # the next packet may be intact
            for frame in frames:
                time = frame.time
                frame.pts = None  # the resampler takes the frames as they come, without gaps
                yield from ((time, piece) for piece in resampler.resample(frame))
    except BROKEN:
        pass
    yield from ((None, piece) for piece in resampler.resample(None))


def unreadable() -> InvalidInput:
    """Why there is nothing to hear."""
    return InvalidInput(N_("No sound of this recording can be read."))
