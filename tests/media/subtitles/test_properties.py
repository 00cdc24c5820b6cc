"""Any bytes: only refusals are raised, and the WebVTT that is written is read as it was meant."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cms.media import subtitles
from cms.media.subtitles import reading
from cms.media.subtitles.cues import Cue
from cms.messages import InvalidInput
from tests.fuzz import TIMES
from tests.media.subtitles import cases

# Parts of ordinary files, and parts that mislead a parser.
_PARTS = [
    *("1", "2", "12", "#3.", "", " ", "\t", "\ufeff", "\0", "\x1c", "\u2028", "\u0660", "x" * 400),
    *("WEBVTT", "webvtt - a", "NOTE", "NOTE a --> b", "STYLE", "REGION", "::cue { color: red }", "id:a"),
    *("00:00:01,000 --> 00:00:02,000", "0:1 --> 0:2", "00:01.5 --> 00:01", "-0:0:1 --> 0:0:3", "9999:99 -> 0:0"),
    *("-9:9 --> -8:8", "00:01.000 --> 00:02.000 align:start line:1 region:a --> b", "--> 00:01", "00:01 -->"),
    *("Hello", "<b>", "</b>", "<i", "<", ">", "<<font>b>", "<font>00:01 --> 00:02</font>", "-<b>-></b>"),
    *("&", "&lt;", "&amp", "&#1;", "&<b>lt;", "{\\an8}", "{{\\a}\\b}", "{\\", "}", "-->", "--", "<v a", "b>", "<br>"),
    *("<00:00:01.000>", "<c.a.b x>", "<//>", "<v <b>>", "[Script Info]", "[Events]", "Format: Start, End, Text"),
    *("Dialogue: 0:00:00.00,0:00:01.00,Hello", "Dialogue: x", "Comment: 0", "{1}{2}Hello", "[1][2]Hello", "PK\3\4"),
]
_LINES = st.lists(st.sampled_from(_PARTS) | st.text(max_size=20), max_size=25)
_TEXTS = st.builds(
    lambda lines, start, end: start + end.join(lines),
    _LINES,
    st.sampled_from(["", "WEBVTT\n\n", "1\n"]),
    st.sampled_from(["\n", "\r\n", "\r", "\r\r\n", "\n\n", " "]),
)
_ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-16-be", "utf-32-le", "cp1251", "gb18030", "cp932"])
DATA = st.binary(max_size=300) | st.builds(lambda text, name: text.encode(name, errors="replace"), _TEXTS, _ENCODINGS)
MANY = settings(max_examples=300 * TIMES, deadline=None)


#: Parts of cue texts, in which a tag may begin, end, or be split by another one.
_TEXT_PARTS = [
    *("<", "</", "<v", "<b", "<c.", "<i.x", "</font>", "<font>", "<br>", "<00:00:01.000>", ">", "/", "=", "."),
    *("-", "--", "-->", " ", "\t", "\n", "a", "v", "Bob", "\x01"),
    *("{", "}", "{\\", "\\an8}", "{\\i1}", "&", "&lt;", "&gt;", "&amp;", "&#45;"),
]


def converted(data: bytes, encoding: str | None = None) -> bytes | None:
    """The WebVTT, or ``None`` if the file is refused."""
    try:
        return subtitles.convert(data, encoding).webvtt
    except InvalidInput:
        return None


def cues(webvtt: bytes) -> list[Cue]:
    return reading.read(webvtt.decode()).cues


@MANY
@given(DATA)
def test_what_is_written_reads_as_it_was_written(data: bytes) -> None:
    webvtt = converted(data)
    if webvtt is not None:
        assert webvtt.startswith(b"WEBVTT")
        assert cues(webvtt)
        assert all(cue.end > cue.start >= 0 and cue.text for cue in cues(webvtt))
        assert subtitles.convert(webvtt) == subtitles.Converted(webvtt, None), "nothing is left to repair"


@MANY
@given(st.lists(st.sampled_from(_TEXT_PARTS), max_size=9).map("".join))
def test_texts_are_repaired_once(text: str) -> None:
    webvtt = converted(cases.srt(texts=(text, "Second line.")).encode())
    assert webvtt is not None
    assert converted(webvtt) == webvtt


@given(
    st.sampled_from([name for name, text in cases.TIMES.items() if text.isascii()]),
    st.sampled_from([*subtitles.ENCODINGS]),
)
def test_no_choice_of_an_encoding_loses_a_cue(name: str, encoding: str) -> None:
    """An editor who has chosen wrongly can choose again."""
    data = cases.TIMES[name].replace("Hello", "Привет").encode("cp1251")
    webvtt = converted(data, encoding)
    assert webvtt
    assert [(cue.start, cue.end) for cue in cues(webvtt)] == [(0, 1000), (1000, 2000)]


@MANY
@given(st.sampled_from(sorted(cases.ALL)), st.integers(0, 400), st.binary(min_size=1, max_size=3))
def test_a_damaged_file_is_read_or_refused(name: str, place: int, damage: bytes) -> None:
    data: Any = bytearray(cases.ALL[name][0])
    data[place : place + len(damage)] = damage
    converted(bytes(data))
