"""Subtitle tracks within films: the cues of each format, in one pass over the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cms.media.derivatives.opening import opened
from cms.media.subtitles import cue_text, embedded, reading
from cms.media.subtitles.cues import Track
from cms.messages import InvalidInput
from tests.media.subtitled import FORMATS, SHOWN, WORDS, TextTrack, film

Shown = list[tuple[int, int, str]]


def read(path: Path) -> list[Track]:
    with opened(path) as container:
        return embedded.read(container, container.streams.subtitles)


def shown(track: Track) -> Shown:
    """The cues as they are shown, after they were written and read again."""
    cues = reading.read(str(track)).cues
    assert cues == track.cues
    return [(cue.start, cue.end, cue_text.plain(cue.text)) for cue in cues]


def one(tmp_path: Path, codec: str, cues: Sequence[tuple[int, int, str | bytes]], start: int = 0) -> Shown:
    container = "mp4" if codec == "mov_text" else "matroska"
    [track] = read(film(tmp_path / "film", container, [TextTrack(codec, cues)], start=start))
    return shown(track)


@pytest.mark.parametrize(("container", "codec"), FORMATS)
def test_each_cue_of_each_format_is_read(tmp_path: Path, container: str, codec: str) -> None:
    [track] = read(film(tmp_path / "film", container, [TextTrack(codec, WORDS)]))
    assert shown(track) == SHOWN


def test_tracks_are_told_apart(tmp_path: Path) -> None:
    tracks = [TextTrack("subrip", [(number * 100, 1000, f"Track {number}")]) for number in range(1, 8)]
    assert [shown(track) for track in read(film(tmp_path / "film", "matroska", tracks))] == [
        [(number * 100, 1000, f"Track {number}")] for number in range(1, 8)
    ]


def test_cues_may_overlap(tmp_path: Path) -> None:
    cues = [(0, 4000, "Long"), (1000, 2000, "Short"), (1000, 1500, "Shorter")]
    assert one(tmp_path, "subrip", cues) == [cues[0], cues[2], cues[1]]


def test_what_ass_says_beside_its_text_is_not_shown(tmp_path: Path) -> None:
    lines = [
        b"0,0,Default,,0,0,0,,{\\an8\\i1}One,{\\i0} two\\Nthree\\hfour",
        b"1,1,Default,,0,0,0,,{\\p1}m 0 0 l 100 0{\\p0}",
        b"2,0,Sign,Ann,0,0,0,fx,Five {unclosed",
        b"3,0,Default,,0,0,0,,{\\k20}la{\\k20}la",
        b"4,1,Default,,0,0,0,,{\\blur3}lala",
        b"short",
    ]
    times = [(0, 900), (1000, 1900), (2000, 2900), (3000, 3900), (3000, 3900), (4000, 4900)]
    cues = [(*time, line) for time, line in zip(times, lines, strict=True)]
    texts = ["One, two\nthree four", "Five unclosed", "lala", "short"]
    assert [text for *_, text in one(tmp_path, "ass", cues)] == texts


def test_what_mp4_says_beside_its_text_is_not_shown(tmp_path: Path) -> None:
    styled = b"\0\x03one" + b"\0\0\0\x16styl" + bytes(14)
    utf16 = "\ufeffдва".encode("utf-16-be")
    cues = [
        (0, 900, styled),
        (1000, 1900, len(utf16).to_bytes(2) + utf16),
        (2000, 2900, b"\xff\xffcut"),
        (3000, 3900, b""),
    ]
    assert [text for *_, text in one(tmp_path, "mov_text", cues)] == ["one", "два", "cut"]


def test_words_that_are_not_utf8_are_guessed_for_the_whole_track(tmp_path: Path) -> None:
    texts = ["Все люди рождаются свободными", "и равными в своём достоинстве", "и правах."]
    cues = [(number * 1000, number * 1000 + 900, text.encode("cp1251")) for number, text in enumerate(texts)]
    assert [text for *_, text in one(tmp_path, "subrip", cues)] == texts


def test_a_cue_without_a_length_is_shown_for_two_seconds(tmp_path: Path) -> None:
    assert one(tmp_path, "subrip", [(1000, 1000, "One")]) == [(1000, 3000, "One")]


@pytest.mark.parametrize(("codec", "begin"), [("subrip", 500), ("mov_text", 2500)])
def test_times_are_those_of_what_browsers_play(tmp_path: Path, codec: str, begin: int) -> None:
    """Matroska is converted, so that it begins at zero. MP4 stays as it is."""
    [(start, _, _)] = one(tmp_path, codec, [(500, 1000, "One")], start=2)
    assert start == begin


def test_a_file_that_is_cut_gives_what_is_there(tmp_path: Path) -> None:
    cues = [(second * 1000, second * 1000 + 900, f"Cue {second}") for second in range(60)]
    source = film(tmp_path / "film", "matroska", [TextTrack("subrip", cues)], seconds=60)
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    [track] = read(source)
    assert 0 < len(track.cues) < 60
    assert shown(track) == cues[: len(track.cues)]


def test_more_than_can_be_shown_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = film(tmp_path / "film", "matroska", [TextTrack("subrip", WORDS), TextTrack("subrip", WORDS)])
    for limit, value in (("LIMIT", 40), ("MAX_CUES", 5)):
        monkeypatch.setattr(embedded, limit, value)
        with pytest.raises(InvalidInput, match="more subtitles"):
            read(source)
        monkeypatch.undo()
    assert len(read(source)) == 2
