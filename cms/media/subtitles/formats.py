"""The formats of subtitle files: SRT, WebVTT and ASS are read, other known ones are refused by name."""

from __future__ import annotations

import html
import re

import pysubs2

from cms.media.subtitles import cue_text, reading
from cms.media.subtitles.cues import Cue, Track
from cms.media.subtitles.decoding import structure
from cms.messages import N_, InvalidInput

# How much of a file is searched for signs of its format.
_HEAD = 10_000
_CLOCK = r"\d{1,2}:\d\d:\d\d"

_ASS = re.compile(r"^\[(Script Info|V4\+? Styles|Events)\]", re.IGNORECASE | re.MULTILINE)
_DRAWING = re.compile(r"\\p[1-9]")
# For each of these, pysubs2 would search the rest of the text for its end, in quadratic time.
_UNCLOSED = re.compile(r"\{(?=[^{}]*(?:\{|\Z))")
_TEXT_FORMATS = {
    "MicroDVD": r"^\{\d+\}\{\d*\}",
    "MPL2": r"^\[\d+\]\[\d*\]",
    "SubViewer": rf"^\[INFORMATION\]|^\[BEGIN\]|^{_CLOCK}\.\d\d,{_CLOCK}\.\d\d$",
    "LRC": r"^\[\d{1,3}:\d\d[.:]\d\d\d?\]",
    "SBV": rf"^{_CLOCK}\.\d{{3}},{_CLOCK}\.\d{{3}}$",
    "TMPlayer": rf"^{_CLOCK}[:=]\D",
    "SCC": r"\AScenarist_SCC",
    "VobSub": r"\A# VobSub index",
    "EBU STL": r"\A\d{3}STL\d\d\.\d\d",
    "TTML": r"<(\w+:)?tt[\s>]",
    "SAMI": r"<sami[\s>]|<sync\s+start\s*=",
    "RealText": r"\A\s*<window[\s>]",
    "USF": r"<USFSubtitles[\s>]",
}
_BINARY_FORMATS = {b"\0\0\1\xba": "VobSub", b"PG": "PGS"}
_ARCHIVES = {b"PK\3\4": "ZIP", b"Rar!\x1a": "RAR", b"7z\xbc\xaf": "7z", b"\x1f\x8b": "gzip"}


def check(data: bytes) -> None:
    """Check that a file is in one of the formats that :func:`read` knows, whatever its encoding.

    Raises:
        InvalidInput: it is not.
    """
    if not _is_readable(structure(data)):
        refuse_other_formats(data)
        raise InvalidInput(N_("This is not a subtitle file. SRT, WebVTT and ASS are supported."))


def refuse_other_formats(data: bytes) -> None:
    """Refuse a file in a known format that is not supported, by name. The beginning of the file is enough.

    Raises:
        InvalidInput: it is.
    """
    for start, name in _ARCHIVES.items():
        if data.startswith(start):
            raise InvalidInput(N_("This is a %(format)s archive. Unpack it and upload the subtitle file."), format=name)
    names = [name for start, name in _BINARY_FORMATS.items() if data.startswith(start)]
    names += _text_formats(structure(data[: 4 * _HEAD]))
    if names:
        raise InvalidInput(N_("These are %(format)s subtitles. SRT, WebVTT and ASS are supported."), format=names[0])


def is_text(head: bytes) -> bool:
    """Whether a file that begins like this is subtitles in a text format, supported or not."""
    text = structure(head)
    is_markup = text.lstrip().startswith("<")  # a web page may quote timing lines
    return bool(_text_formats(text)) or (_is_readable(text) and not is_markup)


def _is_readable(text: str) -> bool:
    return reading.is_webvtt(text) or bool(_ASS.search(text[:_HEAD])) or reading.has_timing(text)


def _text_formats(text: str) -> list[str]:
    """The names of the formats that are not supported and that the text may be in."""
    flags = re.IGNORECASE | re.MULTILINE
    return [name for name, pattern in _TEXT_FORMATS.items() if re.search(pattern, text[:_HEAD], flags)]


def read(text: str) -> Track:
    """The cues of a file in any of the three formats.

    Raises:
        InvalidInput: it is damaged ASS.
    """
    return _read_ass(text) if _ASS.search(text[:_HEAD]) else reading.read(text)


def _read_ass(text: str) -> Track:
    """The visible lines of ASS or SSA, without styles, comments, drawings, and lines that end before they begin."""
    try:
        script = pysubs2.SSAFile.from_string(text, format_="ass")
    except (pysubs2.Pysubs2Error, ValueError, LookupError, AttributeError) as error:
        raise InvalidInput(N_("This ASS file is damaged and cannot be read.")) from error
    cues: list[Cue | str] = []
    for line in script:
        if line.is_comment or line.end <= max(0, line.start):
            continue
        if shown := ass_text(line.text):
            cues.append(Cue(max(0, line.start), line.end, shown))
    return Track("WEBVTT", cues)


def ass_text(text: str) -> str:
    """The text of a line of ASS as that of a cue; empty for a drawing."""
    if _DRAWING.search(text):
        return ""
    plain = pysubs2.SSAEvent(text=_UNCLOSED.sub("", text)).plaintext
    # In ASS, "<" and "&" are ordinary characters.
    return cue_text.clean(html.escape(plain, quote=False).split("\n"))
