"""Tags are read as they were meant, whatever their encoding."""

from __future__ import annotations

import pytest

from cms.media import tags

# The intended text, and the encoding in which it was written.
WRITTEN = [
    ("Café XX", "latin-1"),
    ("Été indien", "cp1252"),
    ("Björk", "cp1252"),
    ("Åse", "mac-roman"),
    ("Dvořák", "cp1250"),
    ("Привет, мир", "cp1251"),
    ("Кино", "cp1251"),
    ("Группа крови", "koi8-r"),
    ("日本語", "cp932"),
]


@pytest.mark.parametrize(("text", "encoding"), WRITTEN)
def test_bytes_that_are_not_utf8_are_recovered(text: str, encoding: str) -> None:
    read_by_ffmpeg = text.encode(encoding).decode(errors="surrogateescape")
    assert tags.repaired(read_by_ffmpeg) == text


@pytest.mark.parametrize("text", ["Привет, мир", "Кино", "Глава 1"])
def test_cyrillic_that_was_written_as_latin_1_is_recovered(text: str) -> None:
    assert tags.repaired(text.encode("cp1251").decode("latin-1")) == text


@pytest.mark.parametrize("text", ["Été", "jäääär", "créée", "Þórðarson", "À", "Привет", "日本語", "🫨 plain", "ÿ — ÿ"])
def test_what_is_right_stays(text: str) -> None:
    assert tags.repaired(text) == text


def test_a_tag_is_one_line_without_what_databases_refuse() -> None:
    assert tags.repaired(" one\0\r\n\ttwo\x07 ") == "one two"
    assert len(tags.repaired("a" * 1000)) == tags.MAX_LENGTH


def test_names_are_those_of_any_container() -> None:
    assert tags.read({"TITLE": "A", "Artist": "B"}, {"title": "C", "album": "D"}) == {
        "title": "A",
        "artist": "B",
        "album": "D",
    }
    assert tags.read({"title": " ", "album_artist": "B"}, {"title": "C"}) == {"title": "C", "artist": "B"}


@pytest.mark.parametrize(
    ("written", "recorded"),
    [
        ("2024-05-06T10:00:00.000000Z", "2024-05-06"),
        ("2024-05", "2024-05"),
        ("2024", "2024"),
        ("2024-13-01", "2024"),
        ("1904-01-01T00:00:00.000000Z", None),  # QuickTime's zero, which means no date
        ("0000", None),
        ("yesterday", None),
        ("20240506", None),
    ],
)
def test_the_date_of_the_recording(written: str, recorded: str | None) -> None:
    assert tags.read({"date": written}).get("recorded") == recorded
