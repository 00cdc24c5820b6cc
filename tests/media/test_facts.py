"""Facts are read from the headers of a file: tracks, chapters, tags, rates."""

from __future__ import annotations

from pathlib import Path

import pytest

from cms.media import facts, probe
from cms.media.facts import Facts
from tests import mediabytes


def found(path: Path) -> Facts:
    result = probe.probe(path)
    assert result, "it is not understood"
    return result.facts


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_a_video(tmp_path: Path, container: str) -> None:
    chapters = [(0, 0.4, "One"), (0.4, 1, "Two")]
    tags = {"title": "Dawn", "artist": "Anna", "date": "2024"}
    path = mediabytes.make(tmp_path / "film", container, "libx264", "aac", tags=tags, language="rus", chapters=chapters)
    result = found(path)
    assert result.pop("bit_rate") == pytest.approx(path.stat().st_size * 8, rel=0.1)
    assert result == {
        "frame_rate": 10,
        "channels": 1,
        "sample_rate": 48000,
        "tracks": [
            {"kind": "video", "codec": "h264", "language": None, "title": "", "is_default": container == "mp4"},
            {"kind": "audio", "codec": "aac", "language": "ru", "title": "", "is_default": container == "mp4"},
        ],
        "chapters": [{"start": start, "end": end, "title": title} for start, end, title in chapters],
        "tags": {"title": "Dawn", "artist": "Anna", "recorded": "2024"},
    }


def test_ogg_has_its_tags_on_the_track(tmp_path: Path) -> None:
    path = mediabytes.make(tmp_path / "sound", "ogg", None, "libopus", tags={"title": "Dawn"})
    assert found(path)["tags"] == {"title": "Dawn"}


def test_a_cover_is_no_track(media_files: dict[str, Path]) -> None:
    assert [track["kind"] for track in found(media_files["cover.m4a"])["tracks"]] == ["audio"]


@pytest.mark.parametrize(
    ("code", "tag"),
    [("eng", "en"), ("ger", "de"), ("deu", "de"), ("iw", "he"), ("ceb", "ceb"), (" RUS", "ru")]
    + [(code, None) for code in ("und", "zxx", "qqq", "", None, "english", "e\0")],
)
def test_languages(code: str | None, tag: str | None) -> None:
    assert facts.language_tag(code) == tag
