"""Typed text is kept, except control characters."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from cms.cleaning import clean_line, clean_text, without_controls

#: Persian with a zero-width non-joiner, Hebrew with a direction mark, an emoji of three characters, a variation
#: selector, a soft hyphen, a character of Unicode 16, an unassigned one, a private-use one, a wide space.
KEPT = [
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "\u05d0\u200f!",
    "\U0001f469\u200d\U0001f680",
    "\u2764\ufe0f",
    "co\xadop",
    "a\U0001fae9b",
    "a\u0378b",
    "a\ue000b",
    "a\u3000b",
    "Vive\xa0!",
]


@pytest.mark.parametrize("text", KEPT, ids=ascii)
def test_what_was_typed_is_kept(text: str) -> None:
    assert clean_text(text) == clean_line(text) == without_controls(text) == text


def test_of_all_characters_only_controls_and_surrogates_go() -> None:
    gone = [c for c in map(chr, range(sys.maxunicode + 1)) if not without_controls(c)]
    assert len(gone) == 65 + 2048
    assert {unicodedata.category(c) for c in gone} == {"Cc", "Cs"}


@pytest.mark.parametrize(
    ("typed", "lines", "line"),
    [
        ("a\0b\x1b[1m\x7f\x9fc", "ab[1mc", "ab[1mc"),
        ("a\ud800b", "ab", "ab"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd", "a b c d"),
        ("  a\t b  ", "a\t b", "a b"),
        ("\0 a \0", "a", "a"),
        ("a\u2028b", "a\u2028b", "a b"),
        (" \r\n\0", "", ""),
    ],
)
def test_controls_go_and_lines_are_ended_alike(typed: str, lines: str, line: str) -> None:
    assert (clean_text(typed), clean_line(typed)) == (lines, line)
