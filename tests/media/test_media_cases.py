"""Small files of every class that once failed, with the right results. Made here: a clean clone has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cms.media import mediatypes
from cms.messages import InvalidInput
from tests import mediabytes


@dataclass(frozen=True)
class Case:
    """How a file is made, its slot, and the right result: a refusal, or a type, reasons and warnings."""

    slot: str
    make: Callable[[Path], object]
    refusal: str = ""
    mime: str = ""
    unplayable: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def media(container: str, video: str | None, audio: str | None, **more: object) -> Callable[[Path], object]:
    return lambda path: mediabytes.make(path, container, video, audio, **more)  # type: ignore[arg-type]


def cut(part: float) -> Callable[[Path], object]:
    """A video that begins with its index, and has only a part of its data."""

    def make(path: Path) -> None:
        mediabytes.make(path, "mp4", "libx264", "aac", options={"movflags": "faststart"})
        whole = path.read_bytes()
        start = whole.index(b"mdat") + 4
        path.write_bytes(whole[: start + int((len(whole) - start) * part)])

    return make


def broken_asf(path: Path) -> None:
    """An ASF file with a header object that claims to be longer than any file."""
    mediabytes.make(path, "asf", None, "wmav2")
    whole = bytearray(path.read_bytes())
    whole[30 + 16 : 30 + 24] = (2**63 + 1).to_bytes(8, "little")
    path.write_bytes(whole)


def avif(path: Path) -> None:
    path.write_bytes(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(300))


LATIN_1 = b"Caf\xe9".decode(errors="surrogateescape")
CASES = {
    "latin1-title.mp4": Case("video", media("mp4", "libx264", "aac", title=LATIN_1), mime="video/mp4"),
    "latin1-title.mkv": Case(
        "video", media("matroska", "libx264", "aac", title=LATIN_1), mime="video/x-matroska", unplayable=("container",)
    ),
    "latin1-title.wav": Case("audio", media("wav", None, "pcm_s16le", title=LATIN_1), mime="audio/wav"),
    "latin1-title.m4a": Case("audio", media("ipod", None, "aac", title=LATIN_1), mime="audio/mp4"),
    "asf-object-size.wma": Case("audio", broken_asf, refusal="it cannot be read"),
    "picture.avif": Case("video", avif, refusal="The file is a picture, but a video is needed here."),
    "header-only.mp4": Case("video", cut(0), refusal="There is nothing to play in this file."),
    "cut.mp4": Case("video", cut(0.4), mime="video/mp4", warnings=("truncated",)),
    "audio-only.ts": Case("audio", media("mpegts", None, "aac"), mime="video/mp2t", unplayable=("container",)),
    "audio-only.ts in a video slot": Case("video", media("mpegts", None, "aac"), refusal="Upload it to an audio item"),
    "sine.aiff": Case(
        "audio", media("aiff", None, "pcm_s16be"), mime="audio/aiff", unplayable=("container", "audio_codec")
    ),
    "film.wmv": Case(
        "video",
        media("asf", "wmv2", "wmav2"),
        mime="video/x-ms-wmv",
        unplayable=("container", "video_codec", "audio_codec"),
    ),
    "h264.ts": Case("video", media("mpegts", "libx264", "aac"), mime="video/mp2t", unplayable=("container",)),
    "alac.m4a": Case("audio", media("ipod", None, "alac"), mime="audio/mp4", unplayable=("audio_codec",)),
    "hevc.mp4": Case("video", media("mp4", "libx265", "aac"), mime="video/mp4", unplayable=("video_codec",)),
    "mpeg4.mp4": Case("video", media("mp4", "mpeg4", "aac"), mime="video/mp4", unplayable=("video_codec",)),
}


@pytest.mark.parametrize("name", CASES)
def test_each_file_is_judged_rightly(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    path = tmp_path / "file"
    case.make(path)
    if case.refusal:
        with pytest.raises(InvalidInput) as refused:
            mediatypes.check(path, case.slot)
        assert case.refusal in str(refused.value)
        return
    found = mediatypes.check(path, case.slot)
    assert found.probe
    assert (found.family, found.media_type.mime) == (case.slot, case.mime)
    assert (found.probe.unplayable, found.probe.warnings) == (case.unplayable, case.warnings)
    assert found.probe.playable is not bool(case.unplayable)


SHARED = Path(__file__).parents[3] / "shared" / "media" / "cases"
# The files distributed with the product's description, if present.
HANDED_ROUND = {
    name: CASES[same]
    for name, same in {
        **{name: name for name in CASES if "." in name},
        "picture-1x1.avif": "picture.avif",
        "cut-at-40-percent.mp4": "cut.mp4",
    }.items()
    if (SHARED / name).is_file()
}


def test_the_files_that_are_handed_round_are_judged_alike() -> None:
    for name, case in HANDED_ROUND.items():
        if case.refusal:
            with pytest.raises(InvalidInput) as refused:
                mediatypes.check(SHARED / name, case.slot)
            assert case.refusal in str(refused.value), name
        else:
            found = mediatypes.check(SHARED / name, case.slot)
            assert found.probe
            assert found.media_type.mime == case.mime, name
            assert (found.probe.unplayable, found.probe.warnings) == (case.unplayable, case.warnings), name
