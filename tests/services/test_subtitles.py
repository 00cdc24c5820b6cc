"""Subtitles become WebVTT; what is WebVTT already stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from cms.services import subtitles
from cms.services.messages import Rejected
from tests.mediabytes import SRT, VTT

EXPECTED = """WEBVTT

1
00:00:01.000 --> 00:00:02.500
Hello there.

2
00:01:02.003 --> 01:00:04.000
Привет, мир.
"""


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
    assert subtitles.to_webvtt(data).decode() == EXPECTED


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
    assert subtitles.to_webvtt(f"1\n{line}\nHello.\n".encode()).decode() == f"WEBVTT\n\n1\n{timing}\nHello.\n"


def test_commas_in_the_words_stay() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,500\nOn 10:20:30,400 it began, they say.\n"
    assert b"On 10:20:30,400 it began, they say." in subtitles.to_webvtt(text.encode())


@pytest.mark.parametrize(
    "data",
    [VTT.encode(), VTT.replace("\n", "\r\n").encode(), b"WEBVTT", b"WEBVTT - a title\n\nNOTE nothing\n"],
    ids=["lf", "crlf", "header-alone", "title"],
)
def test_webvtt_stays_byte_for_byte(data: bytes) -> None:
    assert subtitles.to_webvtt(data) == data


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_webvtt_in_another_encoding_becomes_utf8(encoding: str) -> None:
    assert subtitles.to_webvtt(VTT.encode(encoding)).decode() == VTT


def test_converting_twice_is_converting_once() -> None:
    once = subtitles.to_webvtt(SRT.encode("cp1251"))
    assert subtitles.to_webvtt(once) == once


@pytest.mark.parametrize("data", [b"", b"just words", b"WEBVTTX\n", b"1\n00:00 --> 00:01\nHi\n"])
def test_what_has_no_timing_is_refused(data: bytes) -> None:
    with pytest.raises(Rejected, match="not a subtitle file"):
        subtitles.to_webvtt(data)


@pytest.mark.parametrize(
    ("data", "right"),
    [
        (SRT.encode(), True),
        (SRT.encode("cp1251"), True),
        (VTT.encode(), True),
        (b"just words", False),
        (b"\x00\x01" + SRT.encode(), False),
        (bytes(range(256)), False),
    ],
    ids=["srt", "cp1251", "vtt", "words", "nul", "binary"],
)
def test_subtitles_are_recognised(tmp_path: Path, data: bytes, right: bool) -> None:
    (tmp_path / "file").write_bytes(data)
    assert subtitles.looks_right(tmp_path / "file") is right


def test_a_huge_file_is_not_read_as_subtitles(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.write(VTT.encode())
        file.truncate(subtitles.LIMIT + 1)
    assert not subtitles.looks_right(tmp_path / "file")
