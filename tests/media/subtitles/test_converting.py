"""Subtitles become WebVTT. Files that browsers can read stay unchanged; unsupported formats are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from cms.media import mediatypes, subtitles
from cms.messages import InvalidInput
from tests.media.subtitles.cases import srt, vtt
from tests.mediabytes import SRT, VTT

EXPECTED = """WEBVTT

1
00:00:01.000 --> 00:00:02.500
Hello there.

2
00:01:02.003 --> 01:00:04.000
Привет, мир.
"""


def webvtt(data: bytes) -> str:
    return subtitles.convert(data).webvtt.decode()


@pytest.mark.parametrize(
    "data",
    [
        SRT.encode(),
        SRT.encode("utf-8-sig"),
        SRT.encode("cp1251"),
        SRT.encode("utf-16"),
        SRT.replace("\n", "\r\n").encode(),
        SRT.replace("\n", "\r").encode(),
        SRT.replace("\n", "\r\n").encode("cp1251"),
        b"\n\n" + SRT.encode() + b"\n\n\n",
    ],
    ids=["utf8", "bom", "cp1251", "utf16", "crlf", "cr", "cp1251-crlf", "empty-lines"],
)
def test_srt_of_any_encoding_becomes_webvtt(data: bytes) -> None:
    assert webvtt(data) == EXPECTED


@pytest.mark.parametrize(
    ("line", "timing"),
    [
        ("00:00:01,000 --> 00:00:02,500", "00:00:01.000 --> 00:00:02.500"),
        ("0:00:01,000 --> 0:00:02,500", "00:00:01.000 --> 00:00:02.500"),
        ("00:00:01.000 --> 00:00:02.500", "00:00:01.000 --> 00:00:02.500"),
        ("00:00:01,5 --> 00:00:02,25", "00:00:01.500 --> 00:00:02.250"),
        ("00:00:01,000-->00:00:02,500", "00:00:01.000 --> 00:00:02.500"),
        ("100:00:01,000 --> 100:00:02,500", "100:00:01.000 --> 100:00:02.500"),
    ],
)
def test_timings_are_spelled_as_webvtt_has_them(line: str, timing: str) -> None:
    assert webvtt(f"1\n{line}\nHello.\n".encode()) == f"WEBVTT\n\n1\n{timing}\nHello.\n"


def test_commas_in_the_words_stay() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,500\nOn 10:20:30,400 it began, they say.\n"
    assert "On 10:20:30,400 it began, they say." in webvtt(text.encode())


BLOCKS = """WEBVTT - a title
Kind: captions

STYLE
::cue(b) { color: red }

REGION
id:low
lines:2

NOTE
Nobody sees this.

intro
00:00:01.000 --> 00:00:02.500 region:low align:start position:10%
<v Mary>Hello <i.loud>there</i> &amp; <c.red>here</c>.
- And there.

NOTE in between

00:00:01.500 --> 00:00:03.000
<lang en>Second</lang> <00:00:02.000>line.
"""


@pytest.mark.parametrize("text", [VTT, BLOCKS], ids=["plain", "blocks"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_webvtt_without_a_fault_stays_byte_for_byte(text: str, end: str) -> None:
    data = text.replace("\n", end).encode()
    assert subtitles.convert(data) == subtitles.Converted(data, None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_webvtt_in_another_encoding_becomes_utf8(encoding: str) -> None:
    assert webvtt(VTT.encode(encoding)) == VTT


def test_settings_that_browsers_do_not_know_are_dropped() -> None:
    text = vtt("00:01.000 --> 00:02.000 align:middle line:0 nonsense position:50% X1:5\nHello")
    assert "00:00:01.000 --> 00:00:02.000 line:0 position:50%\n" in webvtt(text.encode())


def test_tags_are_spelled_as_webvtt_has_them() -> None:
    text = srt(texts=("<I>a</I> <b class='x'>b</b> < u >c</ u > <em>d</em>", "<font size=1>e</font> <V Mary  Ann>f"))
    assert "<i>a</i> <b>b</b> <u>c</u> <i>d</i>\n" in webvtt(text.encode())
    assert webvtt(text.encode()).endswith("\ne <v Mary Ann>f\n")


NOT_SUBTITLES = [b"", b"just words", b"WEBVTTX\n", b"1\n00:00 --> \nHi\n", bytes(range(256))]


@pytest.mark.parametrize("data", NOT_SUBTITLES)
def test_what_has_no_timing_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"^This is not a subtitle file\. SRT, WebVTT and ASS are supported\.$"):
        subtitles.convert(data)


@pytest.mark.parametrize(
    "text",
    ["WEBVTT", "WEBVTT - a title\n\nNOTE nothing\n", vtt("00:01.000 --> 00:02.000\n\n"), srt(texts=("", r"{\an8}"))],
    ids=["header", "note", "empty-cue", "empty-srt"],
)
def test_a_file_with_nothing_to_show_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^This file has no cues that a browser can show\.$"):
        subtitles.convert(text.encode())


OTHERS = {
    "MicroDVD": b"{0}{25}Hello there.\r\n{25}{50}Second line.\r\n",
    "MPL2": b"[0][25]Hello there.\n[25][50]Second line.\n",
    "LRC": b"[ti:A song]\n[00:00.00]Hello there.\n[00:01.00]Second line.\n",
    "SubViewer": b"[INFORMATION]\n[TITLE]\n\n00:00:00.00,00:00:01.00\nHello there.\n",
    "SBV": b"0:00:00.000,0:00:01.000\nHello there.\n",
    "TMPlayer": b"00:00:00:Hello there.\n00:00:01:Second line.\n",
    "SCC": b"Scenarist_SCC V1.0\n\n00:00:00:00\t9420 9420\n",
    "VobSub": b"# VobSub index file, v7\n",
    "PGS": b"PG\0\0\0\0\0\0\0\0\x16\0\x13" + bytes(50),
    "EBU STL": b"850STL25.0100" + bytes(50),
    "TTML": b'<?xml version="1.0" encoding="UTF-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml"><body/></tt>',
    "SAMI": b"<SAMI>\n<HEAD><TITLE>a</TITLE></HEAD><BODY><SYNC Start=0><P>Hello there.\n",
    "RealText": b'<window type="generic">\n<time begin="0"/>Hello there.</window>',
    "USF": b'<?xml version="1.0"?><USFSubtitles version="1.0"></USFSubtitles>',
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "bom"])
def test_other_formats_are_refused_by_their_names(tmp_path: Path, name: str, mark: bytes) -> None:
    (tmp_path / "file").write_bytes(OTHERS[name] if b"\0" in OTHERS[name] else mark + OTHERS[name])
    with pytest.raises(InvalidInput) as refused:
        mediatypes.check(tmp_path / "file", "subtitles")
    assert str(refused.value) == f"These are {name} subtitles. SRT, WebVTT and ASS are supported."


@pytest.mark.parametrize("name", ["TTML", "SAMI", "MicroDVD"])
def test_other_formats_are_named_in_utf16_too(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"^These are {name} subtitles. "):
        subtitles.convert(OTHERS[name].decode().encode("utf-16"))


@pytest.mark.parametrize("start", [b"PK\3\4\x14", b"Rar!\x1a\7", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08"])
def test_an_archive_is_refused_with_advice(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "file").write_bytes(start + bytes(range(256)))
    with pytest.raises(InvalidInput, match=r"^This is a \w+ archive. Unpack it"):
        mediatypes.check(tmp_path / "file", "subtitles")


def test_a_damaged_ass_file_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="damaged"):
        subtitles.convert(b"[Events]\nFormat: Start, End\nDialogue: 0,0\n")


def test_a_huge_file_is_not_read_as_subtitles(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.write(VTT.encode())
        file.truncate(subtitles.LIMIT + 1)
    with pytest.raises(InvalidInput, match=r"^A subtitle file may be at most 10 MB\.$"):
        subtitles.check(tmp_path / "file")


def test_first_cues_are_plain_text(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(subtitles.convert(srt(texts=("<i>Tom</i> & Jerry", "a --> b")).encode()).webvtt)
    assert subtitles.first_cues(tmp_path / "file", 3) == ["Tom & Jerry", "a --> b"]
    assert subtitles.first_cues(tmp_path / "file", 1) == ["Tom & Jerry"]


@pytest.mark.parametrize(
    "unit", ["<", "{\\", "{", "&", "-->", " ", "\n", "1\n", "<b", "00:00:01,000 --> ", "-\n>", "\r", "\u00ff"]
)
def test_work_grows_no_faster_than_a_file(unit: str) -> None:
    """With a quadratic search, a quarter of a megabyte would take many minutes."""
    data = srt(texts=(unit * (2**18 // len(unit)), "Second line.")).encode()
    assert "Second line." in webvtt(data)
