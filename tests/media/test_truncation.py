"""Truncated files get a warning, and files with nothing to play are refused. Whole ones get neither."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from cms.media import mediatypes, probe
from cms.messages import InvalidInput
from tests import mediabytes

# name: container, video codec, audio codec, and options of the container
FILES: dict[str, tuple[str, str | None, str | None, dict[str, str]]] = {
    "faststart.mp4": ("mp4", "libx264", "aac", {"movflags": "faststart"}),
    "fragments.mp4": ("mp4", "libx264", "aac", {"movflags": "frag_every_frame+empty_moov"}),
    "indexed.mp4": ("mp4", "libx264", "aac", {"movflags": "dash+global_sidx+frag_every_frame"}),
    "faststart.m4a": ("ipod", None, "aac", {"movflags": "faststart"}),
    "video.mkv": ("matroska", "libx264", "aac", {}),
    "video.webm": ("webm", "libvpx", "libopus", {}),
    "live.mkv": ("matroska", "libx264", "aac", {"live": "1"}),
    "live.webm": ("webm", "libvpx", "libopus", {"live": "1"}),
    "video.avi": ("avi", "mpeg4", "libmp3lame", {}),
    "video.ts": ("mpegts", "libx264", "aac", {}),
    "disc.m2ts": ("mpegts", "libx264", "aac", {"mpegts_m2ts_mode": "1"}),
    "video.mpg": ("mpeg", "mpeg2video", "mp2", {}),
    "video.vob": ("vob", "mpeg2video", "ac3", {}),
    "video.flv": ("flv", "libx264", "aac", {}),
    "video.wmv": ("asf", "wmv2", "wmav2", {}),
    "sound.mp3": ("mp3", None, "libmp3lame", {}),
    "no-index.mp3": ("mp3", None, "libmp3lame", {"write_xing": "0"}),
    "sound.mp2": ("mp2", None, "mp2", {}),
    "sound.aac": ("adts", None, "aac", {}),
    "sound.flac": ("flac", None, "flac", {}),
    "video.ogv": ("ogg", "libvpx", "libopus", {}),
    "sound.wav": ("wav", None, "pcm_s16le", {}),
    "sound.rf64": ("wav", None, "pcm_s16le", {"rf64": "always"}),
    "sound.aiff": ("aiff", None, "pcm_s16be", {}),
}
# The least part of these files that can be read, because their headers are large.
LARGE_HEADERS = {"sound.flac": 0.9, "video.avi": 0.7}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """The bytes of one of the files."""
    folder = tmp_path_factory.mktemp("cut")

    def whole(name: str) -> bytes:
        if not (folder / name).exists():
            container, video, audio, options = FILES[name]
            mediabytes.make(folder / name, container, video, audio, options=options)
        return (folder / name).read_bytes()

    return whole


def warnings(path: Path, data: bytes) -> tuple[str, ...]:
    path.write_bytes(data)
    found = probe.probe(path)
    assert found, "it is not understood"
    return found.warnings


@pytest.mark.parametrize("name", FILES)
def test_a_whole_file_is_not_warned_of(tmp_path: Path, made: Callable[[str], bytes], name: str) -> None:
    assert warnings(tmp_path / name, made(name)) == ()


@pytest.mark.parametrize("part", [0.6, 0.8, 0.95])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_cut_is(tmp_path: Path, made: Callable[[str], bytes], name: str, part: float) -> None:
    whole = made(name)
    length = int(len(whole) * max(part, LARGE_HEADERS.get(name, 0)))
    length += 7 * any(length % packet == 0 for packet in (188, 192, 2048))  # a cut between two packets would not show
    assert warnings(tmp_path / name, whole[:length]) == ("truncated",)


@pytest.mark.parametrize("lost", [1, 30])
@pytest.mark.parametrize(
    "name", ["faststart.mp4", "fragments.mp4", "video.mkv", "live.webm", "sound.flac", "video.ogv"]
)
def test_a_cut_within_the_last_packet_shows(tmp_path: Path, made: Callable[[str], bytes], name: str, lost: int) -> None:
    assert warnings(tmp_path / name, made(name)[:-lost]) == ("truncated",)


def test_a_file_that_does_not_know_its_size_is_not(tmp_path: Path, made: Callable[[str], bytes]) -> None:
    """Such files were written to a pipe."""
    data = bytearray(made("sound.wav"))
    start = data.index(b"data") + 4
    data[4:8] = data[start : start + 4] = b"\xff" * 4
    assert warnings(tmp_path / "sound.wav", bytes(data)) == ()


@pytest.mark.parametrize("name", FILES)
def test_what_follows_the_end_is_no_matter(tmp_path: Path, made: Callable[[str], bytes], name: str) -> None:
    """For example, another program has added a tag. (In MPEG-TS, it would be one more packet.)"""
    if name not in ("video.ts", "disc.m2ts", "video.flv", "live.mkv", "live.webm"):
        assert warnings(tmp_path / name, made(name) + b"TAG" + bytes(125)) == ()


def boxes(data: bytes) -> dict[bytes, bytes]:
    """The top-level boxes of an MP4, by type."""
    found, start = {}, 0
    while start < len(data):
        size = int.from_bytes(data[start : start + 4])
        found.setdefault(data[start + 4 : start + 8], data[start : start + size])
        start += size
    return found


EMPTY_MDAT = (8).to_bytes(4) + b"mdat"


def only_head(data: bytes) -> bytes:
    return data[: data.index(b"mdat") - 4]


EMPTY: dict[str, Callable[[Callable[[str], bytes]], bytes]] = {
    "header-only.mp4": lambda made: only_head(made("faststart.mp4")),
    "empty-mdat.mp4": lambda made: only_head(made("faststart.mp4")) + EMPTY_MDAT,
    "zeros.mp4": lambda made: only_head(made("faststart.mp4")) + bytes(20_000),
    "init-segment.mp4": lambda made: boxes(made("fragments.mp4"))[b"ftyp"] + boxes(made("fragments.mp4"))[b"moov"],
    "header-only.m4a": lambda made: only_head(made("faststart.m4a")),
    "header-only.mkv": lambda made: made("video.mkv").partition(b"\x1f\x43\xb6\x75")[0],
    "header-only.webm": lambda made: made("video.webm").partition(b"\x1f\x43\xb6\x75")[0],
    "header-only.wav": lambda made: made("sound.wav")[: made("sound.wav").index(b"data") + 8],
    "header-only.aiff": lambda made: made("sound.aiff")[: made("sound.aiff").index(b"SSND") + 16],
    "header-only.flac": lambda made: made("sound.flac")[:42],
    "header-only.ogv": lambda made: made("video.ogv")[:200],
    "header-only.avi": lambda made: made("video.avi")[: made("video.avi").index(b"movi") + 4],
    "header-only.flv": lambda made: made("video.flv")[:13],
    "header-only.wmv": lambda made: made("video.wmv")[: int.from_bytes(made("video.wmv")[16:24], "little")],
    "tag-only.mp3": lambda made: b"ID3\4\0\0\0\0\7\0" + bytes(897),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_file_with_nothing_to_play_is_refused(tmp_path: Path, made: Callable[[str], bytes], name: str) -> None:
    path = tmp_path / name
    path.write_bytes(EMPTY[name](made))
    family = "audio" if name.endswith(("m4a", "wav", "aiff", "flac", "mp3")) else "video"
    with pytest.raises(InvalidInput, match=r"nothing to play in|cannot be read"):
        mediatypes.check(path, family)


def test_zeros_in_the_place_of_most_of_a_large_file_are_told(
    tmp_path: Path, made: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An aborted download leaves such files. Not all of it is read, so there may still be something to play."""
    whole = made("faststart.mp4")
    start = whole.index(b"mdat") + 4
    path = tmp_path / "film.mp4"
    path.write_bytes(whole[:start] + bytes(len(whole) - start))
    monkeypatch.setattr(probe, "MAX_PACKETS", 3)
    found = probe.probe(path)
    assert found
    assert (found.playable, found.unplayable) == (False, ("undecodable",))


@pytest.mark.parametrize(
    "head",
    [
        b"RIFF\xff\xff\xff\x7fWAVE",
        b"\x1a\x45\xdf\xa3\x80",
        b"\0\0\1\xba",
        b"\0\0\0\x14ftypheic\0\0\0\0mif1" + (2**31).to_bytes(4) + b"moov" + b"\0\0\0\x08trak" * 1000,
        b"\0\0\0\x14ftypisom\0\0\0\0mp41" + b"\0\0\0\x08free" * 1000,
    ],
    ids=["wav", "matroska", "mpeg", "heic", "mp4"],
)
def test_gigabytes_of_tiny_parts_are_not_all_read(tmp_path: Path, head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """If all were read, the test would not end."""
    monkeypatch.setattr(probe, "MAX_SECONDS", 0.5)
    path = tmp_path / "film.mp4"
    path.write_bytes(head)
    with path.open("r+b") as file:
        file.truncate(8 * 2**30)
    with suppress(InvalidInput):
        mediatypes.check(path, "video")


@pytest.mark.parametrize("name", FILES)
def test_a_cut_anywhere_is_no_error(tmp_path: Path, made: Callable[[str], bytes], name: str) -> None:
    whole, path = made(name), tmp_path / name
    for length in range(1, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        with suppress(InvalidInput):
            mediatypes.check(path, "video")
