"""How words are compared."""

from __future__ import annotations

import pytest

from cms.search.folding import fold, words


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("Ёлка", "елка"),
        ("Café crème", "CAFE CREME"),
        ("Cafe\u0301", "café"),
        ("Straße", "STRASSE"),
        ("ＡＢＣ", "abc"),
        ("Ὀδύσσεια", "οδυσσεια"),
        ("ﬁlm", "film"),
    ],
)
def test_case_and_accents_make_no_difference(written: str, sought: str) -> None:
    assert fold(written) == fold(sought)


def test_marks_that_are_letters_stay() -> None:
    assert fold("が") != fold("か")
    assert fold("कि") != fold("क")


def test_words_are_looked_for_once_and_without_digests() -> None:
    assert words("  Dawn dawn\u00a0DAWN ") == ["dawn"]
    assert words("dawn-0b8a1f6f7c2d.mp4") == ["dawn.mp4"]
    assert words(" ") == []
