"""What is found out about a file: codecs, duration, displayed size, and whether browsers play it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cms.media import probe
from cms.media.playing import unplayable
from cms.media.probe import Probe
from tests import mediabytes

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a file with :func:`mediabytes.make`."""
    return lambda *how, **more: mediabytes.make(tmp_path / "file", *how, **more)


def found(path: Path) -> Probe:
    result = probe.probe(path)
    assert result, "it is not understood"
    return result


def test_a_video(make: Make) -> None:
    result = found(make("mp4", "libx264", "aac"))
    assert result.duration == pytest.approx(1, abs=0.1)
    assert replace(result, facts={}) == Probe(
        container="mp4",
        video_codec="h264",
        audio_codec="aac",
        duration=result.duration,
        width=32,
        height=32,
        playable=True,
    )


def test_sound_alone(media_files: dict[str, Path]) -> None:
    result = found(media_files["cover.m4a"])
    assert (result.video_codec, result.audio_codec, result.width, result.height) == (None, "aac", None, None)
    assert result.duration == pytest.approx(0.5, abs=0.1)


# container, video codec, audio codec, pixels -> why browsers do not play it
PLAYED: dict[tuple[str, str | None, str | None, str], list[str]] = {
    ("mp4", "libx264", "aac", "yuv420p"): [],
    ("mov", "libx264", "libmp3lame", "yuv420p"): [],
    ("mp4", "libx264", None, "yuvj420p"): [],
    ("webm", "libvpx-vp9", "libopus", "yuv420p"): [],
    ("mp4", "libsvtav1", "aac", "yuv420p"): [],
    ("mp3", None, "libmp3lame", ""): [],
    ("ipod", None, "aac", ""): [],
    ("adts", None, "aac", ""): [],
    ("flac", None, "flac", ""): [],
    ("ogg", None, "libopus", ""): [],
    ("wav", None, "pcm_s16le", ""): [],
    ("wav", None, "pcm_s24le", ""): [],
    ("mp4", "libx264", "aac", "yuv420p10le"): ["bit_depth"],
    ("mp4", "libx264", "aac", "yuv422p"): ["chroma"],
    ("mp4", "libx264", "aac", "yuv422p10le"): ["bit_depth", "chroma"],
    ("mp4", "libx265", "aac", "yuv420p"): ["video_codec"],
    ("mp4", "mpeg4", "aac", "yuv420p"): ["video_codec"],
    ("mp4", "libx264", "ac3", "yuv420p"): ["audio_codec"],
    ("mov", "libx264", "pcm_s16le", "yuv420p"): ["audio_codec"],
    ("mov", "mjpeg", "pcm_s16le", "yuvj420p"): ["video_codec", "audio_codec"],
    ("ipod", None, "alac", ""): ["audio_codec"],
    ("matroska", "libx264", "aac", "yuv420p"): ["container"],
    ("mpegts", "libx264", "aac", "yuv420p"): ["container"],
    ("flv", "flv1", None, "yuv420p"): ["container", "video_codec"],
    ("avi", "mpeg4", "libmp3lame", "yuv420p"): ["container", "video_codec"],
    ("asf", "wmv2", "wmav2", "yuv420p"): ["container", "video_codec", "audio_codec"],
    ("aiff", None, "pcm_s16be", ""): ["container", "audio_codec"],
    ("mp2", None, "mp2", ""): ["audio_codec"],
    ("wav", None, "adpcm_ms", ""): ["audio_codec"],
    ("wav", None, "pcm_f64le", ""): ["audio_codec"],
    ("ogg", None, "flac", ""): ["audio_codec"],
}


@pytest.mark.parametrize("how", PLAYED, ids=str)
def test_whether_browsers_play_it(make: Make, how: tuple[str, str | None, str | None, str]) -> None:
    *codecs, pixels = how
    result = found(make(*codecs, pixels=pixels))
    assert list(result.unplayable) == PLAYED[how]
    assert result.playable is not bool(PLAYED[how])
    assert result.warnings == ()


def test_a_container_is_told_from_a_similar_one(make: Make) -> None:
    named = found(make("matroska", "libvpx", "libopus", title="Not a webm"))
    assert (named.container, named.unplayable) == ("matroska", ("container",))
    large = found(make("wav", None, "pcm_s16le", options={"rf64": "always"}))
    assert (large.container, large.unplayable) == ("rf64", ("container",))


def test_vorbis_plays_too() -> None:
    """Vorbis has its own test, because no encoder for it is available here."""
    assert unplayable("ogg", None, None, "vorbis") == unplayable("webm", "vp8", "yuv420p", "vorbis") == []
    assert unplayable("ogg", "theora", "yuv420p", "vorbis") == ["video_codec"]


@pytest.mark.parametrize(
    ("how", "size"),
    [
        ({"turned": 90}, (16, 32)),
        ({"turned": -90}, (16, 32)),
        ({"turned": 180}, (32, 16)),
        ({"aspect": Fraction(2)}, (64, 16)),
        ({"aspect": Fraction(2), "turned": 90}, (16, 64)),
    ],
    ids=str,
)
def test_the_size_is_the_one_that_is_shown(make: Make, how: dict[str, Any], size: tuple[int, int]) -> None:
    result = found(make("mp4", "libx264", None, height=16, **how))
    assert (result.width, result.height) == size


@pytest.mark.parametrize(
    ("container", "video", "audio"),
    [
        ("mp4", "libx264", "aac"),
        ("ipod", None, "aac"),
        ("matroska", "libx264", "aac"),
        ("webm", "libvpx", "libopus"),
        ("avi", "mpeg4", "libmp3lame"),
        ("wav", None, "pcm_s16le"),
        ("flac", None, "flac"),
        ("mp3", None, "libmp3lame"),
        ("asf", None, "wmav2"),
    ],
)
@pytest.mark.parametrize("title", [b"Caf\xe9 chant\xe9", "Ёлка".encode("cp1251"), b"\x8eph\x8em\x8fre\xff\xfe"])
def test_tags_may_be_in_any_encoding(make: Make, container: str, video: str, audio: str, title: bytes) -> None:
    path = make(container, video, audio, title=title.decode(errors="surrogateescape"))
    if container not in ("asf", "mp3"):  # these store the title in another encoding
        assert title in path.read_bytes()
    assert found(path)


def test_a_live_recording_is_read_through_for_its_duration(make: Make) -> None:
    path = make("webm", "libvpx", "libopus", options={"live": "1"})
    assert found(path).duration == pytest.approx(1, abs=0.1)


def test_a_longer_live_recording_has_no_known_duration(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "READ_THROUGH_BYTES", 100)
    assert found(make("webm", "libvpx", "libopus", options={"live": "1"})).duration is None


def test_an_encrypted_file_does_not_play(make: Make) -> None:
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "00" * 16, "encryption_kid": "11" * 16}
    result = found(make("mp4", "libx264", "aac", options=key))
    assert result.unplayable == ("encrypted",)


def test_very_large_pictures_are_not_decoded(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make("mp4", "libx264", None, turned=90)
    monkeypatch.setattr(probe, "MAX_SIDE", 16)
    result = found(path)
    assert result.playable
    assert (result.width, result.height) == (32, 32)


class Broken:
    """A file on a disk that fails after so many bytes."""

    def __init__(self, file: Any, after: int) -> None:
        self._file = file
        self._after = after

    def read(self, count: int) -> bytes:
        self._after -= count
        if self._after < 0:
            raise OSError(errno.EIO, "the disk")
        return bytes(self._file.read(count))

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())


#: How many bytes of any file are read at least.
READ_AT_LEAST = 65_536


@pytest.mark.parametrize("after", [0, READ_AT_LEAST - 1, 100_000, 130_000, 170_000])
@pytest.mark.parametrize("name", ["video.mp4", "video.mkv", "sound.mp3", "sound.flac", "sound.wav", "video.ts"])
def test_a_disk_that_fails_is_told_from_a_broken_file(
    media_files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, name: str, after: int
) -> None:
    real = probe._Reader
    monkeypatch.setattr(probe, "_Reader", lambda file: real(Broken(file, after)))  # type: ignore[arg-type]
    with pytest.raises(OSError, match="the disk") if after < READ_AT_LEAST else suppress(OSError):
        assert probe.probe(media_files[name]), "or it was read with less"


def test_a_file_that_vanished_is_told_from_a_broken_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        probe.probe(tmp_path / "nothing")


def asf_with_a_size_of(size: int, path: Path) -> bytes:
    """An ASF file whose first object claims that size. FFmpeg seeks to the position that this gives."""
    whole = bytearray(path.read_bytes())
    whole[30 + 16 : 30 + 24] = size.to_bytes(8, "little")
    return bytes(whole)


@pytest.mark.parametrize("size", [2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64 - 300])
def test_a_place_that_is_none_is_the_fault_of_the_file(make: Make, tmp_path: Path, size: int) -> None:
    path = tmp_path / "broken.wma"
    path.write_bytes(asf_with_a_size_of(size, make("asf", None, "wmav2")))
    result = probe.probe(path)
    assert result is None or result.audio_codec == "wmav2"


def test_a_search_through_zeros_is_given_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path, size = make("avi", "mpeg4", None), 300 * 2**20
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
        file.truncate(size)
    read = 0

    class Counted(Broken):
        def read(self, count: int) -> bytes:
            nonlocal read
            read += count
            return super().read(count)

    real = probe._Reader
    monkeypatch.setattr(probe, "_Reader", lambda file: real(Counted(file, after=2**60)))  # type: ignore[arg-type]
    monkeypatch.setattr(probe, "MAX_SECONDS", 0.1)
    probe.probe(path)
    assert 2**20 < read < size / 2
