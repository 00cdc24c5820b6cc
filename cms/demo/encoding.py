"""Films and recordings as files, written by PyAV."""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import cast

import av
from av.stream import Disposition
from PIL import Image

from cms.demo.sounds import RATE

_OPTIONS = {
    "libx264": {"preset": "veryfast", "crf": "25", "threads": "2"},
    "mpeg4": {"qscale": "5", "flags": "+qscale"},
}


def jpeg(picture: Image.Image, quality: int = 86) -> bytes:
    """A picture as a JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def film(
    frames: Iterable[Image.Image],
    fps: int,
    sound: array[int],
    title: str,
    container: str = "mp4",
    codecs: str = "libx264 aac",
) -> bytes:
    """Encode pictures of one even size, and a sound that is as long."""
    buffer, (video_codec, audio_codec) = io.BytesIO(), codecs.split()
    with av.open(buffer, "w", format=container, options={"fflags": "+bitexact"}) as output:
        output.metadata["title"] = title
        video = cast("av.VideoStream", output.add_stream(video_codec, rate=fps, options=_OPTIONS[video_codec]))
        video.pix_fmt, video.gop_size = "yuv420p", fps * 4
        heard = _add_sound(output, audio_codec)
        pieces = _pieces(sound)
        for number, picture in enumerate(frames):
            if number == 0:
                video.width, video.height = picture.size
            frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = number, Fraction(1, fps)
            output.mux(video.encode(frame))
            if number % fps == 0:
                output.mux(heard.encode(next(pieces)))
        output.mux(video.encode())
        output.mux(heard.encode())
    return buffer.getvalue()


def recording(
    sound: array[int],
    container: str,
    codec: str,
    tags: dict[str, str],
    cover: bytes | None = None,
    chapters: Iterable[tuple[int, int, str]] = (),
) -> bytes:
    """Encode a sound.

    Args:
        tags: its metadata.
        cover: a square JPEG.
        chapters: for each its first and its last second, and its title.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options={"fflags": "+bitexact"}) as output:
        output.metadata.update(tags)
        heard = _add_sound(output, codec)
        output.set_chapters(
            [
                {"id": number, "start": start, "end": end, "time_base": Fraction(1), "metadata": {"title": title}}
                for number, (start, end, title) in enumerate(chapters)
            ]
        )
        packet = _cover_packet(output, cover) if cover else None
        for piece in _pieces(sound):
            output.mux(heard.encode(piece))
            if packet:
                output.mux(packet)
                packet = None
        output.mux(heard.encode())
    return buffer.getvalue()


def _cover_packet(output: av.container.OutputContainer, cover: bytes) -> av.Packet[av.stream.Stream]:
    with Image.open(io.BytesIO(cover)) as picture:
        size = picture.size
    stream = output.add_stream("mjpeg")
    (stream.width, stream.height), stream.pix_fmt = size, "yuvj420p"
    stream.disposition = Disposition.attached_pic
    packet = av.Packet(cover)
    packet.stream, packet.pts, packet.dts, packet.time_base, packet.is_keyframe = stream, 0, 0, Fraction(1, 1000), True
    return packet


def _add_sound(output: av.container.OutputContainer, codec: str) -> av.AudioStream:
    stream = cast("av.AudioStream", output.add_stream(codec, rate=RATE))
    stream.layout = "mono"
    return stream


def _pieces(sound: array[int]) -> Iterator[av.AudioFrame]:
    """The sound, cut into seconds."""
    for start in range(0, len(sound), RATE):
        piece = sound[start : start + RATE]
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(piece))
        frame.planes[0].update(piece.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        yield frame
