"""Captions: what becomes of the subtitle tracks of a film, and how they are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from av.stream import Disposition

from cms.media import probe
from cms.media.derivatives.recipe import Made, Skip
from cms.media.derivatives.recipes import captions
from cms.media.models import MediaFile
from tests.media.subtitled import TextTrack, film

CUES = [(0, 900, "One"), (1000, 1900, "Two")]
SUBTITLES, DEAF, FORCED = 0, Disposition.hearing_impaired, Disposition.forced


def made(tmp_path: Path, *tracks: TextTrack, container: str = "matroska") -> Made:
    source = film(tmp_path / "film", container, tracks)
    row = MediaFile(digest="", size=0, mime_type="", path="")
    probe.note(row, probe.probe(source))
    assert captions.is_for(row)
    (tmp_path / "made").mkdir()
    return captions.make(source, tmp_path / "made", lambda percent: None)


def named(made: Made) -> list[dict[str, Any]]:
    return [file.about for file in made.files]


def test_each_track_becomes_a_file(tmp_path: Path) -> None:
    tracks = TextTrack("mov_text", CUES, "rus", "Реплики"), TextTrack("mov_text", CUES[1:])
    found = made(tmp_path, *tracks, container="mp4")
    assert [file.name for file in found.files] == ["1-ru.vtt", "2-en.vtt"]
    assert [about["label"] for about in named(found)] == ["Реплики", "English"]
    assert (tmp_path / "made/2-en.vtt").read_text() == "WEBVTT\n\n00:00:01.000 --> 00:00:01.900\nTwo\n"
    assert found.facts == {"left_out": []}


@pytest.mark.parametrize(
    ("language", "title", "disposition", "expected"),
    [
        ("rus", "", SUBTITLES, ("ru", "subtitles", "Русский")),
        ("por", "Português (Brasil)", SUBTITLES, ("pt", "subtitles", "Português (Brasil)")),
        ("eng", "", DEAF, ("en", "captions", "English")),
        ("eng", "English SDH", SUBTITLES, ("en", "captions", "English SDH")),
        ("und", "", SUBTITLES, (None, "subtitles", "")),
        ("tlh", "", SUBTITLES, ("tlh", "subtitles", "Klingon")),
        ("und", "<b>&\n", SUBTITLES, (None, "subtitles", "<b>&")),
    ],
)
def test_a_track_has_a_language_a_kind_and_a_label(
    tmp_path: Path, language: str, title: str, disposition: int, expected: tuple[str | None, str, str]
) -> None:
    [about] = named(made(tmp_path, TextTrack("subrip", CUES, language, title, disposition)))
    assert (about["language"], about["kind"], about["label"]) == expected


def test_tracks_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    found = made(tmp_path, *(TextTrack("subrip", CUES, language) for language in ("eng", "eng", "fra", "und", "und")))
    assert [about["label"] for about in named(found)] == ["English (1)", "English (2)", "Français", "", ""]


def test_a_forced_track_is_left_out_beside_a_whole_one(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        TextTrack("subrip", CUES, "eng", "Signs", FORCED),
        TextTrack("subrip", CUES, "eng"),
        TextTrack("subrip", CUES, "deu", "", FORCED),
    )
    assert [about["label"] for about in named(found)] == ["English", "Deutsch"]
    assert found.facts["left_out"] == [{"codec": "subrip", "language": "en", "title": "Signs"}]


def test_tracks_without_cues_and_for_programs_are_left_out(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        TextTrack("subrip", [(0, 900, "<font>")], "deu"),
        TextTrack("subrip", CUES, "eng"),
        TextTrack("subrip", CUES, "eng", "Read aloud", Disposition.descriptions),
    )
    assert [about["label"] for about in named(found)] == ["English"]
    assert len(found.facts["left_out"]) == 2


def test_tracks_of_pictures_are_left_out_and_named(tmp_path: Path) -> None:
    found = made(tmp_path, TextTrack("dvd_subtitle", [(0, 900, b"\0\0")], "fra"), TextTrack("subrip", CUES))
    assert len(found.files) == 1
    assert found.facts["left_out"] == [{"codec": "dvd_subtitle", "language": "fr", "title": ""}]


def test_a_film_with_no_other_tracks_is_skipped_in_words(tmp_path: Path) -> None:
    with pytest.raises(Skip, match=r"not text \(VobSub\)"):
        made(tmp_path, TextTrack("dvd_subtitle", [(0, 900, b"\0\0")]))


def test_a_film_without_cues_is_skipped_in_words(tmp_path: Path) -> None:
    with pytest.raises(Skip, match="have no cues"):
        made(tmp_path, TextTrack("subrip", [(0, 900, " ")]))


def test_no_more_tracks_are_read_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captions, "MAX_TRACKS", 2)
    found = made(tmp_path, *[TextTrack("subrip", CUES)] * 3)
    assert (len(found.files), len(found.facts["left_out"])) == (2, 1)


def test_it_is_for_no_film_without_subtitles(media_files: dict[str, Path]) -> None:
    row = MediaFile(digest="", size=0, mime_type="", path="")
    probe.note(row, probe.probe(media_files["video.mkv"]))
    assert not captions.is_for(row)
