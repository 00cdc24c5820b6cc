"""Names are safe in any alphabet, and contain the digest."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.media.storage.names import STEM_BYTES, digest_in, media_path, safe_stem

DAY = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("filename", "stem"),
    [
        ("holiday.mp4", "holiday"),
        ("archive.tar.gz", "archive_tar"),
        ("no-extension", "no-extension"),
        ("Эти_страшные_буквы.mp4", "Эти_страшные_буквы"),
        ("日本語.mp4", "日本語"),
        ("café.mp4", "café"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system"),
        ("C:\\Users\\me\\Мой фильм.mp4", "Мой_фильм"),
        ("/absolute/name.mp4", "name"),
        ("a\x00b\nc\x7f.mp4", "a_b_c"),
        ("<script>alert(1)</script>.mp4", "script"),
        ("two  words.mp4", "two_words"),
        ("-rf.mp4", "rf"),
        (".htaccess", "htaccess"),
        ("\u202egnp.mp4", "gnp"),
        # nothing is left of these
        ("", "video"),
        ("...", "video"),
        ("..", "video"),
        ("../", "video"),
        ("\x00", "video"),
        ("🎬🎬.mp4", "video"),
        ("???.mp4", "video"),
    ],
)
def test_a_name_becomes_safe(filename: str, stem: str) -> None:
    assert safe_stem(filename, "video") == stem


@pytest.mark.parametrize("letter", ["a", "я", "語", "𝒳"])
def test_a_long_name_is_cut_between_letters(letter: str) -> None:
    stem = safe_stem(letter * 300 + ".mp4", "video")
    assert stem == letter * (STEM_BYTES // len(letter.encode()))


@given(st.text(max_size=400))
def test_any_name_stays_in_its_date_folder(filename: str) -> None:
    path = media_path(filename, "video", DAY, "0123456789ab", "mp4")
    folder, _, name = path.rpartition("/")
    assert folder == "2026/03/04/video"
    assert name.endswith("-0123456789ab.mp4")
    assert not name.startswith((".", "-"))
    assert name.isprintable()
    assert len(name.encode()) < 255
    assert Path(os.path.normpath(path)) == Path(path)


@pytest.mark.parametrize("length", [12, 64])
@pytest.mark.parametrize("filename", ["a.mp4", "deadbeef0123-0.mp4", "-.mp4", "имя-0123456789ab.mp4"])
def test_a_stored_name_tells_its_digest(filename: str, length: int) -> None:
    start = ("0123456789abcdef" * 4)[:length]
    assert digest_in(media_path(filename, "video", DAY, start, "mp4")) == start


@pytest.mark.parametrize(
    "path", ["notes.txt", "a-0123.mp4", "a-0123456789AB.mp4", "0123456789ab.mp4", "a-0123456789ab"]
)
def test_a_name_that_is_not_of_our_making_tells_none(path: str) -> None:
    assert digest_in(path) is None
