"""Subtitle files that players showed and browsers did not, with their intended cues: start, end, text."""

from __future__ import annotations

Expected = list[tuple[int, int, str]]

TWO: Expected = [(0, 1000, "Hello there."), (1000, 2000, "Second line.")]
DECLARATION: Expected = [
    (0, 1000, "Все люди рождаются свободными и равными"),
    (1000, 2500, "в своём достоинстве и правах."),
]
_TIMES = ("00:00:00,000 --> 00:00:01,000", "00:00:01,000 --> 00:00:02,000")


def srt(
    first: str = _TIMES[0], second: str = _TIMES[1], texts: tuple[str, str] = ("Hello there.", "Second line.")
) -> str:
    """Two cues that are correct except for these timing lines and texts."""
    return f"1\n{first}\n{texts[0]}\n\n2\n{second}\n{texts[1]}\n"


def vtt(body: str) -> str:
    return f"WEBVTT\n\n{body}\n"


def lines(text: str, end: str) -> str:
    return text.replace("\n", end)


DECLARATION_TEXTS = (DECLARATION[0][2], DECLARATION[1][2])
_DECLARATION = srt(second="00:00:01,000 --> 00:00:02,500", texts=DECLARATION_TEXTS)
_CLOCKED = "00:00:{:02},000 --> 00:00:{:02},000"

ENCODED = {
    "utf-8": _DECLARATION.encode(),
    "utf-8-bom": _DECLARATION.encode("utf-8-sig"),
    "two-boms": b"\xef\xbb\xbf" + _DECLARATION.encode("utf-8-sig"),
    **{
        f"{name}-{mark}": ("\ufeff" * (mark == "bom") + _DECLARATION).encode(name)
        for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
        for mark in ("bom", "bare")
    },
    "utf-16-bare-with-nuls-after": _DECLARATION.encode("utf-16-le") + bytes(100),
    "nuls-after": _DECLARATION.encode() + bytes(4000),
    "nuls-between": _DECLARATION.replace("\n", "\0\n").encode(),
    "dos-end": _DECLARATION.encode() + b"\x1a",
}

TIMES = {
    "as-it-should-be": srt(),
    "no-hours": srt("00:00,000 --> 00:01,000", "00:01,000 --> 00:02,000"),
    "no-fraction": srt("00:00:00 --> 00:00:01", "00:00:01 --> 00:00:02"),
    "no-hours-no-fraction": srt("00:00 --> 00:01", "00:01 --> 00:02"),
    "short-fraction": srt("00:00:00,0 --> 00:00:01,00", "00:00:01,0 --> 00:00:02,0"),
    "long-fraction": srt("00:00:00,000000 --> 00:00:01,000999", "00:00:01.0000 --> 00:00:02.0000"),
    "one-digit": srt("0:0:0,0 --> 0:0:1,0", "0:0:1,0 --> 0:0:2,0"),
    "points": srt("00:00:00.000 --> 00:00:01.000", "00:00:01.000 --> 00:00:02.000"),
    "colons": srt("00:00:00:000 --> 00:00:01:000", "00:00:01:000 --> 00:00:02:000"),
    "spaces": srt("00:00:00, 000 --> 00:00:01, 000", "00: 00: 01,000 -->00 :00 :02,000"),
    "no-spaces": srt("00:00:00,000-->00:00:01,000", "00:00:01,000-->00:00:02,000"),
    "tabs-around": srt("\t00:00:00,000\t-->\t00:00:01,000\t", "  00:00:01,000  -->  00:00:02,000  "),
    "nbsp": srt("00:00:00,000\u00a0-->\u00a000:00:01,000"),
    "translated": srt("00：00：00，000 -> 00：00：01，000", "00:00:01,000 -- > 00:00:02,000"),
    "invisible": srt("\u200e00:00:00,000 --> 00:00:01,000\u200f", "\u200b00:00:01,000 --> 00:00:02,000"),
    "dashes": srt("00:00:00,000 —> 00:00:01,000", "00:00:01,000 –-> 00:00:02,000"),
    "negative": srt("-00:00:01,000 --> 00:00:01,000"),
    "negative-within": srt("00:00:-1,000 --> 00:00:01,000"),
    "before-the-beginning": "1\n-00:00:03,000 --> -00:00:02,000\nNobody sees this.\n\n" + srt(),
    "coordinates": srt("00:00:00,000 --> 00:00:01,000 X1:100 X2:200 Y1:300 Y2:400"),
    "vtt": vtt("00:00.000 --> 00:01.000\nHello there.\n\n00:01.000 --> 00:02.000\nSecond line."),
    "vtt-commas": vtt("00:00,000 --> 00:01,000\nHello there.\n\n00:01,000 --> 00:02,000\nSecond line."),
    "vtt-hours-commas": vtt(srt()),
    "vtt-one-digit": vtt("0:00:00.000 --> 0:00:01.000\nHello there.\n\n0:00:01.0 --> 0:00:02.0\nSecond line."),
    "vtt-no-fraction": vtt("00:00 --> 00:01\nHello there.\n\n00:01 --> 00:02\nSecond line."),
    "vtt-no-blank-at-all": "WEBVTT\n00:00.000 --> 00:01.000\nHello there.\n00:01.000 --> 00:02.000\nSecond line.",
    "vtt-blank-before-header": "\n\n " + vtt(srt()),
    "vtt-small-header": "webvtt - Title\n\n" + srt(),
    "vtt-no-header": "00:00.000 --> 00:01.000\nHello there.\n\n00:01.000 --> 00:02.000\nSecond line.",
    "vtt-two-in-one": vtt("00:00.000 --> 00:01.000\nHello there.")
    + "\nWEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n00:01.000 --> 00:02.000\nSecond line.\n",
}

LAYOUT = {
    "crlf": lines(srt(), "\r\n"),
    "cr": lines(srt(), "\r"),
    "crcrlf": lines(srt(), "\r\r\n"),
    "double-spaced": lines(srt(), "\n\n"),
    "vtt-double-spaced": "WEBVTT\n\n\n\n" + lines(srt(), "\n\n"),
    "vtt-crcrlf": lines(vtt(srt()), "\r\r\n"),
    "blank-after-number": srt().replace("1\n0", "1\n\n0").replace("2\n0", "2\n\n0"),
    "blank-after-times": srt().replace("000\n", "000\n\n"),
    "no-blank-between": srt().replace("\n\n", "\n"),
    "vtt-no-blank-between": vtt(srt().replace("there.\n\n", "there.\n")),
    "spaces-for-blanks": srt().replace("\n\n", "\n \t\n"),
    "vtt-spaces-for-blanks": vtt(srt().replace("\n\n", "\n \n")),
    "many-blanks": "\n\n" + srt().replace("\n\n", "\n\n\n\n") + "\n\n\n",
    "no-numbers": srt().replace("1\n0", "0").replace("2\n0", "0"),
    "no-end": srt().rstrip(),
    "words-before": "Subtitles by nobody\nhttps://example.com\n\n" + srt(),
    "odd-numbers": srt().replace("1\n0", "#7.\n0").replace("2\n0", "0002\n0"),
    "empty-cue": srt() + "\n3\n00:00:02,000 --> 00:00:03,000\n\n",
    "empty-cue-between": srt().replace("2\n0", "2\n00:00:05,000 --> 00:00:06,000\n\n3\n0"),
}

TEXTS: dict[str, tuple[str, Expected]] = {
    "overrides": (srt(texts=(r"{\an8}Hello there.", r"{\i1}Second{\i0} line.{\pos(1,2)}")), TWO),
    "font": (srt(texts=('<font color="#fff">Hello</font> there.', "<FONT COLOR=red>Second line.</FONT>")), TWO),
    "arrow": (srt(texts=("A --> B", "Second line.")), [(0, 1000, "A --> B"), TWO[1]]),
    "vtt-arrow": (vtt(srt(texts=("A --> B", "Second line."))), [(0, 1000, "A --> B"), TWO[1]]),
    "less-than": (srt(texts=("I <3 you & me", "1 < 2 > 0")), [(0, 1000, "I <3 you & me"), (1000, 2000, "1 < 2 > 0")]),
    "vtt-less-than": (vtt(srt(texts=("I <3 you", "a < b"))), [(0, 1000, "I <3 you"), (1000, 2000, "a < b")]),
    "no-tag": (
        srt(texts=("<Narrator> Hello", "<b Second")),
        [(0, 1000, "<Narrator> Hello"), (1000, 2000, "<b Second")],
    ),
    "references": (
        srt(texts=("AT&T &amp; &lt;b&gt; &nbsp;", "&copy 2020 &eacute; &#39;")),
        [(0, 1000, "AT&T & <b>"), (1000, 2000, "&copy 2020 é '")],
    ),
    "tags": (srt(texts=("<I>Hello</I> <b>there</b>.", "<u>Second</u> line.")), TWO),
    "html": (srt(texts=("<p>Hello <em>there</em>.</p>", "<span class='x'>Second</span> line.")), TWO),
    "arrow-tags": (srt(texts=("<v Ann-->Hello <b.x-->there</b>.", r"<v {\an8}>Second line.")), TWO),
    "line-breaks": (srt(texts=("Hello<br>there.<br />", "Second line.")), [(0, 1000, "Hello\nthere."), TWO[1]]),
    "other-line-breaks": (srt(texts=("Hello\x0bthere.", "Second line.")), [(0, 1000, "Hello\nthere."), TWO[1]]),
    "two-lines": (srt(texts=("- Hello\n- there.", "Second line.")), [(0, 1000, "- Hello\n- there."), TWO[1]]),
    "paragraphs": (srt(texts=("Hello\n\nthere.", "Second line.")), [(0, 1000, "Hello\nthere."), TWO[1]]),
    "a-year": (srt(texts=("2012", "Second line.")), [(0, 1000, "2012"), TWO[1]]),
    "a-year-last": (srt(texts=("It was\n2012", "Second line.")), [(0, 1000, "It was\n2012"), TWO[1]]),
    "a-countdown": (
        vtt("00:00.000 --> 00:01.000\n2\n\n00:01.000 --> 00:02.000\n1"),
        [(0, 1000, "2"), (1000, 2000, "1")],
    ),
    "overlapping": (srt("00:00:00,000 --> 00:00:09,000"), [(0, 9000, "Hello there."), TWO[1]]),
    "not-in-order": (srt(_TIMES[1], _TIMES[0]), [(0, 1000, "Second line."), (1000, 2000, "Hello there.")]),
    "end-before-start": (srt("00:00:05,000 --> 00:00:04,000"), [TWO[1], (5000, 7000, "Hello there.")]),
    "no-duration": (srt("00:00:05,000 --> 00:00:05,000"), [TWO[1], (5000, 7000, "Hello there.")]),
    "late": (srt("100:00:00,000 --> 100:75:00,000"), [TWO[1], (360_000_000, 364_500_000, "Hello there.")]),
    "vtt-tags": (
        vtt(
            "00:00.000 --> 00:01.000\n<v.loud Mary Ann>Hello</v> <c.yellow>there</c>.\n\n"
            "00:01.000 --> 00:02.000\n<lang en>Second</lang> <00:00:01.500><ruby>line<rt>.</rt></ruby>"
        ),
        TWO,
    ),
    "vtt-lost-paragraph": (
        vtt("a\n00:00.000 --> 00:01.000\nHello\n\nthere.\n\nb\n00:01.000 --> 00:02.000\nSecond line."),
        [(0, 1000, "Hello\nthere."), TWO[1]],
    ),
    "vtt-note": (vtt("NOTE a --> b\n2\n\n" + srt().replace("2\n0", "NOTE\nx\n\n2\n0")), TWO),
    "vtt-settings": (vtt(srt("00:00:00,000 --> 00:00:01,000 align:start line:0 nonsense position:10%")), TWO),
}

_ASS_HEAD = (
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n[Events]\n"
)
_ASS_LINES = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"


def ass(*texts: str, times: str = "0:00:0{},0:00:0{}") -> str:
    events = [f"Dialogue: 0,0:00:0{n}.00,0:00:0{n + 1}.00,Default,,0,0,0,,{text}\n" for n, text in enumerate(texts)]
    return _ASS_HEAD + _ASS_LINES + "".join(events)


ASS: dict[str, tuple[str, Expected]] = {
    "plain": (ass("Hello there.", "Second line."), TWO),
    "crlf": (lines(ass("Hello there.", "Second line."), "\r\n"), TWO),
    "overrides": (ass(r"{\an8\fs20}Hello there.", r"{\i1}Second{\i0} line."), TWO),
    "breaks": (
        ass(r"Hello\Nthere,\hyou", r"Second\N\Nline."),
        [(0, 1000, "Hello\nthere, you"), (1000, 2000, "Second\nline.")],
    ),
    "characters": (ass("A --> B", "1 < 2 & <b>"), [(0, 1000, "A --> B"), (1000, 2000, "1 < 2 & <b>")]),
    "a-timing": (
        ass("00:01 --> 00:02", "00:01 -> 00:02"),
        [(0, 1000, "00:01 --> 00:02"), (1000, 2000, "00:01 -> 00:02")],
    ),
    "numbers": (ass("1", "2"), [(0, 1000, "1"), (1000, 2000, "2")]),
    "comments": (
        ass("Hello there.", "Second line.")
        + "Comment: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,Nobody sees this.\n"
        + "Dialogue: 0,0:00:06.00,0:00:05.00,Default,,0,0,0,,Nor this.\n"
        + r"Dialogue: 0,0:00:07.00,0:00:08.00,Default,,0,0,0,,{\p1}m 0 0 l 9 9{\p0}"
        + "\n",
        TWO,
    ),
    "ssa": (
        "[Script Info]\nScriptType: v4.00\n\n[V4 Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n[Events]\n"
        "Format: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: Marked=0,0:00:00.00,0:00:01.00,Default,,0,0,0,,Hello there.\n"
        "Dialogue: Marked=0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Second line.\n",
        TWO,
    ),
}

#: Every file by name, with its cues in the order of their times.
ALL: dict[str, tuple[bytes, Expected]] = {
    **{f"encoded-{name}": (data, DECLARATION) for name, data in ENCODED.items()},
    **{f"times-{name}": (text.encode(), TWO) for name, text in TIMES.items()},
    **{f"layout-{name}": (text.encode(), TWO) for name, text in LAYOUT.items()},
    **{f"text-{name}": (text.encode(), cues) for name, (text, cues) in TEXTS.items()},
    **{f"ass-{name}": (text.encode(), cues) for name, (text, cues) in ASS.items()},
}
