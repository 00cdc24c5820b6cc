"""Small real media files, synthesised with PyAV: one second of video, half a second of a tone."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

SRT = """1
00:00:01,000 --> 00:00:02,500
Hello there.

2
00:01:02,003 --> 01:00:04,000
Привет, мир.
"""
VTT = """WEBVTT

00:00:01.000 --> 00:00:02.500
Hello there.
"""

# name: container, video codec, audio codec
_FILES = {
    "video.mp4": ("mp4", "libx264", "aac"),
    "silent.mp4": ("mp4", "libx264", None),
    "video.webm": ("webm", "libvpx", "libopus"),
    "silent.webm": ("webm", "libvpx", None),
    "video.mkv": ("matroska", "libx264", "aac"),
    "video.ts": ("mpegts", "libx264", "aac"),
    "sound.mp3": ("mp3", None, "libmp3lame"),
    "sound.flac": ("flac", None, "flac"),
    "sound.ogg": ("ogg", None, "libopus"),
    "sound.wav": ("wav", None, "pcm_s16le"),
    "sound.m4a": ("ipod", None, "aac"),
    "sound.webm": ("webm", None, "libopus"),
}


def make_all(folder: Path) -> dict[str, Path]:
    """Make all files, and return them by name."""
    made = {name: make(folder / name, *how) for name, how in _FILES.items()}
    made["picture.png"] = folder / "picture.png"
    made["picture.png"].write_bytes(png())
    made["document.pdf"] = folder / "document.pdf"
    made["document.pdf"].write_bytes(pdf())
    made["cover.m4a"] = make(folder / "cover.m4a", "mp4", None, "aac", cover=True)
    for name, text in (("subtitles.srt", SRT), ("subtitles.vtt", VTT)):
        made[name] = folder / name
        made[name].write_text(text, encoding="utf-8")
    return made


def png(size: int = 16) -> bytes:
    """A picture."""
    encoder = av.CodecContext.create("png", "w")
    encoder.width = encoder.height = size
    encoder.pix_fmt, encoder.time_base = "rgb24", Fraction(1, 1)
    frame = av.VideoFrame(size, size, "rgb24")
    frame.planes[0].update(bytes(frame.planes[0].buffer_size))
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


#: What a picture with private metadata says, in each place that its format has for it.
SECRET = b"56.0153 N 92.8932 E"


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (60, 40), *, turned: bool | int = False, located: bool = False
) -> bytes:
    """A picture of noise, in a format of Pillow's, with a colour profile if there is other metadata.

    Args:
        kind: the format.
        size: width and height as they are stored.
        turned: its EXIF orientation; true for a quarter.
        located: whether it says where it was taken, in EXIF, XMP, texts and comments.
    """
    exif, more = Image.Exif(), {}
    if turned:
        exif[ExifTags.Base.Orientation] = 6 if turned is True else turned
        more["exif"] = exif
    if located:
        exif[ExifTags.Base.Artist] = SECRET.decode()
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (56, 0, 9)}
        )
        xmp = b"<x:xmpmeta><exif:GPSLatitude>" + SECRET + b"</exif:GPSLatitude></x:xmpmeta>"
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SECRET.decode())
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        more |= {"exif": exif, "xmp": xmp, "comment": SECRET, "icc_profile": profile, "pnginfo": text}
    buffer = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(buffer, kind, **more)
    return buffer.getvalue()


def pdf(pages: int = 1, *, locked: bool = False) -> bytes:
    """A PDF with empty pages.

    Args:
        pages: how many.
        locked: whether it asks for a password (which nobody knows).
    """
    numbers = range(3, 3 + pages)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {pages}/Kids[{kids}]>>"]
    objects += ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]>>"] * pages
    lines = ["%PDF-1.4", *(f"{number} 0 obj{body}endobj" for number, body in enumerate(objects, 1))]
    word = f"<{'5e' * 32}>"
    secret = f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O{word}/U{word}>>/ID[{word}{word}]" if locked else ""
    return "\n".join([*lines, f"trailer<</Root 1 0 R{secret}>>", "%%EOF"]).encode()


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header says to be as large as that."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(999)))]
    chunks = [(len(data), name + data) for name, data in [*parts, (b"IEND", b"")]]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", size) + body + struct.pack(">I", zlib.crc32(body)) for size, body in chunks
    )


def make(
    path: Path,
    container: str,
    video: str | None,
    audio: str | None,
    *,
    cover: bool = False,
    pixels: str = "yuv420p",
    height: int = 32,
    turned: int = 0,
    aspect: Fraction = Fraction(1),
    title: str = "",
    tags: dict[str, str] | None = None,
    language: str = "",
    chapters: Sequence[tuple[float, float, str]] = (),
    options: dict[str, str] | None = None,
) -> Path:
    """Make a file in that container, with video and a tone in these codecs.

    Args:
        cover: whether it has a cover, too.
        pixels: the format of the pictures' pixels.
        height: theirs, in pixels; they are 32 wide.
        turned: by how many degrees they are turned when they are shown.
        aspect: how wide a pixel is, if its height is 1.
        title: a tag; its bytes as they are here, if it has bytes that are not UTF-8 (``surrogateescape``).
        tags: others.
        language: that of the sound (ISO 639-2).
        chapters: their starts, ends and titles.
        options: more for the container.
    """
    with av.open(str(path), "w", format=container, options=options or {}) as output:
        output.metadata.update({"title": _plain(title)} if title else {})
        output.metadata.update(tags or {})
        pictures = output.add_stream(video, rate=10) if video else None
        sound = output.add_stream(audio, rate=48000, layout="mono") if audio else None
        if sound:
            sound.bit_rate = 96_000  # some encoders have no default
            sound.metadata.update({"language": language} if language else {})
        art = _cover(output) if cover else None
        output.set_chapters([chapter(number, *each) for number, each in enumerate(chapters)])
        if pictures:
            pictures.width, pictures.height = 32, height
            pictures.pix_fmt = pixels
            pictures.codec_context.sample_aspect_ratio = aspect
            if turned:
                pictures.set_display_rotation(turned)
            for number in range(10):
                frame = av.VideoFrame(32, height, pixels)
                for plane in frame.planes:
                    plane.update(bytes([(number * 20) % 256]) * plane.buffer_size)
                frame.pts, frame.time_base = number, Fraction(1, 10)
                output.mux(pictures.encode(frame))
            output.mux(pictures.encode(None))
        if art:
            packet = av.Packet(png())
            packet.stream, packet.pts, packet.dts, packet.is_keyframe = art, 0, 0, True
            output.mux(packet)
        if sound:
            output.mux(sound.encode(_tone()))
            output.mux(sound.encode(None))
    if _plain(title) != title:
        path.write_bytes(path.read_bytes().replace(_plain(title).encode(), title.encode(errors="surrogateescape")))
    return path


def chapter(number: int, start: float, end: float, title: str) -> Any:
    """A chapter as PyAV takes it."""
    edges = {"start": round(start * 1000), "end": round(end * 1000), "time_base": Fraction(1, 1000)}
    return {"id": number, **edges, "metadata": {"title": title}}


def _plain(title: str) -> str:
    """A placeholder for a title with bytes that are not UTF-8, until the file is written."""
    return "".join(c if c.isascii() else "~" for c in title)


def _cover(output: Any) -> Any:
    """A stream for a cover picture, as music players write it."""
    stream = output.add_stream("png", rate=1)
    stream.width = stream.height = 16
    stream.pix_fmt = "rgb24"
    stream.disposition = av.stream.Disposition.attached_pic
    return stream


def _tone() -> Any:
    """Half a second of a tone. The encoder converts it to its own format."""
    frame = av.AudioFrame("s16", "mono", 24000)
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    wave = b"".join(
        (2000 if number % 100 < 50 else -2000).to_bytes(2, "little", signed=True) for number in range(24000)
    )
    frame.planes[0].update(wave.ljust(frame.planes[0].buffer_size, b"\0")[: frame.planes[0].buffer_size])
    return frame
