"""The type is determined from the bytes, never from the name."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
import pytest

from cms.media import mediatypes
from cms.messages import InvalidInput
from tests import mediabytes
from tests.mediabytes import SRT, VTT

TYPES = {
    "video.mp4": ("video", "video/mp4", "mp4"),
    "silent.mp4": ("video", "video/mp4", "mp4"),
    "video.webm": ("video", "video/webm", "webm"),
    "silent.webm": ("video", "video/webm", "webm"),
    "video.mkv": ("video", "video/x-matroska", "mkv"),
    "video.ts": ("video", "video/mp2t", "ts"),
    "sound.mp3": ("audio", "audio/mpeg", "mp3"),
    "sound.flac": ("audio", "audio/flac", "flac"),
    "sound.ogg": ("audio", "audio/ogg", "oga"),
    "sound.wav": ("audio", "audio/wav", "wav"),
    "sound.m4a": ("audio", "audio/mp4", "m4a"),
    "cover.m4a": ("audio", "audio/mp4", "m4a"),
    "sound.webm": ("audio", "audio/webm", "weba"),
    "picture.png": ("image", "image/png", "png"),
    "subtitles.srt": ("subtitles", "text/vtt", "vtt"),
    "subtitles.vtt": ("subtitles", "text/vtt", "vtt"),
}

# container, video codec, audio codec
RARE = {
    ("avi", "mpeg4", "libmp3lame"): ("video", "video/x-msvideo", "avi"),
    ("mpegts", "libx264", "aac"): ("video", "video/mp2t", "ts"),
    ("flv", "flv1", None): ("video", "video/x-flv", "flv"),
    ("asf", "wmv2", None): ("video", "video/x-ms-wmv", "wmv"),
    ("asf", None, "libmp3lame"): ("audio", "audio/x-ms-wma", "wma"),
    ("ogg", "libvpx", "libopus"): ("video", "video/ogg", "ogv"),
    ("matroska", None, "libopus"): ("audio", "audio/x-matroska", "mka"),
    ("adts", None, "aac"): ("audio", "audio/aac", "aac"),
    ("aiff", None, "pcm_s16be"): ("audio", "audio/aiff", "aiff"),
    ("webp", "libwebp", None): ("image", "image/webp", "webp"),
}
HEADS = {
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01": ("image", "image/jpeg", "jpg"),
    b"GIF89a\x01\x00\x01\x00": ("image", "image/gif", "gif"),
    b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00avifmif1miafMA1B": ("image", "image/avif", "avif"),
    b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1avifmiaf": ("image", "image/avif", "avif"),
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n": ("document", "application/pdf", "pdf"),
}

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MARKUP = {
    "html": b"<!doctype html><script>alert(1)</script>",
    "html-after-spaces": b"\r\n \t\f<html>",
    "bom-html": b"\xef\xbb\xbf<html></html>",
    "comment": b"<!-- a --><html></html>",
    "svg": SVG,
    "svg-with-prolog": b'<?xml version="1.0"?>\n' + SVG,
    "html-with-timing": b"<script>alert(1)</script>\n" + SRT.encode(),
}
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
NO_MEDIA = {
    "text": b"I am a film, honestly.\n" * 300,
    "playlist": PLAYLIST,
    "concat-list": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "utf16-html": "<html><script>alert(1)</script>".encode("utf-16"),
    "zeros": bytes(10_000),
    "mz-program": b"MZ" + bytes(2000),
    "zip": b"PK\x03\x04" + bytes(2000),
    "script": b"#!/bin/sh\nrm -rf /\n",
}


def check(tmp_path: Path, data: bytes, family: str) -> mediatypes.Checked:
    path = tmp_path / "film.mp4"
    path.write_bytes(data)
    return mediatypes.check(path, family)


@pytest.mark.parametrize("name", TYPES)
def test_each_type_is_recognised_whatever_its_name(tmp_path: Path, media_files: dict[str, Path], name: str) -> None:
    family, mime, extension = TYPES[name]
    found = check(tmp_path, media_files[name].read_bytes(), family)
    assert found.media_type == mediatypes.MediaType(mime, extension) == mediatypes.BY_EXTENSION[extension]
    assert found.family == family


@pytest.mark.parametrize("how", RARE, ids=str)
def test_a_rarer_type_is_recognised_too(tmp_path: Path, how: tuple[str, str | None, str | None]) -> None:
    path = mediabytes.make(tmp_path / "film.mp4", *how)
    family, mime, extension = RARE[how]
    found = mediatypes.check(path, family)
    assert found.media_type == mediatypes.MediaType(mime, extension) == mediatypes.BY_EXTENSION[extension]
    assert found.family == family


@pytest.mark.parametrize("head", HEADS, ids=[extension for _, _, extension in HEADS.values()])
def test_pictures_and_documents_are_recognised_by_their_first_bytes(tmp_path: Path, head: bytes) -> None:
    family, mime, extension = HEADS[head]
    found = check(tmp_path, head + bytes(500), family)
    assert found.media_type == mediatypes.MediaType(mime, extension) == mediatypes.BY_EXTENSION[extension]
    assert found.family == family


@pytest.mark.parametrize(
    ("name", "wanted", "sentence"),
    [
        ("sound.mp3", "video", "The file is an audio recording, but a video is needed here."),
        ("cover.m4a", "video", "The file has sound but no picture. Upload it to an audio item."),
        ("sound.webm", "video", "The file has sound but no picture. Upload it to an audio item."),
        ("video.mp4", "audio", "The file is a video, but an audio recording is needed here."),
        ("silent.webm", "audio", "The file is a video, but an audio recording is needed here."),
        ("picture.png", "video", "The file is a picture, but a video is needed here."),
        ("video.mp4", "image", "The file is a video, but a picture is needed here."),
        ("video.mp4", "subtitles", "This is not a subtitle file. SRT, WebVTT and ASS are supported."),
    ],
)
def test_a_file_of_another_family_is_refused_in_words(
    media_files: dict[str, Path], name: str, wanted: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        mediatypes.check(media_files[name], wanted)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("family", ["video", "audio", "image", "subtitles", "document"])
def test_an_empty_file_is_refused(tmp_path: Path, family: str) -> None:
    with pytest.raises(InvalidInput, match=r"^The file is empty\.$"):
        check(tmp_path, b"", family)


@pytest.mark.parametrize("family", ["video", "audio", "image", "subtitles", "document"])
@pytest.mark.parametrize("name", MARKUP)
def test_markup_is_refused_in_every_slot(tmp_path: Path, name: str, family: str) -> None:
    is_drawing = name.startswith("svg") and family in ("video", "audio")
    with pytest.raises(InvalidInput, match="The file is a picture" if is_drawing else "a web page or an SVG drawing"):
        check(tmp_path, MARKUP[name], family)


@pytest.mark.parametrize("family", ["video", "audio", "image", "document"])
@pytest.mark.parametrize("name", NO_MEDIA)
def test_what_is_no_media_is_refused_in_words(tmp_path: Path, name: str, family: str) -> None:
    with pytest.raises(InvalidInput, match="not of a supported type"):
        check(tmp_path, NO_MEDIA[name], family)


@pytest.mark.parametrize("family", ["video", "audio"])
def test_a_container_with_neither_pictures_nor_sound_is_refused(tmp_path: Path, family: str) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as output:
        packet = av.Packet(b"Hello there.")
        packet.stream, packet.pts, packet.dts = output.add_data_stream("ass"), 0, 0
        output.mux(packet)
    with pytest.raises(InvalidInput, match="starts like audio or video, but it cannot be read"):
        mediatypes.check(path, family)


@pytest.mark.parametrize("family", ["video", "audio"])
@pytest.mark.parametrize("text", [SRT, VTT], ids=["srt", "vtt"])
def test_subtitles_are_no_film(tmp_path: Path, text: str, family: str) -> None:
    with pytest.raises(InvalidInput, match="The file is a subtitle file, but"):
        check(tmp_path, text.encode(), family)


@pytest.fixture
def trap() -> Iterator[tuple[str, list[bytes]]]:
    """A local address, and the requests that it has received."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(1000))

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/a.ts", asked


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{}\n",
    ],
)
def test_a_playlist_leads_nowhere(tmp_path: Path, trap: tuple[str, list[bytes]], playlist: str) -> None:
    """By default, FFmpeg opens the addresses in a playlist. Here it may open only the given file."""
    address, asked = trap
    path = tmp_path / "list.m3u8"
    path.write_text(playlist.format(address))
    with pytest.raises(av.FFmpegError), path.open("rb") as file:
        av.open(file)
    assert len(asked) == 1, "the trap works"
    asked.clear()
    for family in ("video", "audio"):
        with pytest.raises(InvalidInput):
            mediatypes.check(path, family)
    assert asked == []


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5])  # the index is at the end
def test_a_film_that_was_cut_off_is_refused(tmp_path: Path, media_files: dict[str, Path], part: float) -> None:
    whole = media_files["video.mp4"].read_bytes()
    with pytest.raises(InvalidInput, match="damaged or incomplete"):
        check(tmp_path, whole[: int(len(whole) * part)], "video")


def test_random_bytes_never_end_in_another_error(tmp_path: Path) -> None:
    chance = random.Random(1)
    for _ in range(150):
        data = chance.randbytes(chance.choice([1, 2, 3, 16, 500, 5000]))
        for family in ("video", "image", "subtitles"):
            with suppress(InvalidInput):
                assert check(tmp_path, data, family).family == family


@pytest.mark.parametrize("name", sorted(TYPES))
def test_damaged_files_never_end_in_another_error(tmp_path: Path, media_files: dict[str, Path], name: str) -> None:
    whole = media_files[name].read_bytes()
    chance = random.Random(name)
    for _ in range(25):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            data[chance.randrange(min(len(data), 600))] = chance.randrange(256)
        with suppress(InvalidInput):
            assert check(tmp_path, bytes(data), TYPES[name][0]).family == TYPES[name][0]


def test_a_file_that_is_away_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        mediatypes.check(tmp_path / "nothing", "video")
