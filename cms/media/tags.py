"""What a media file's tags say: title, artist, when it was recorded. Old files may be in any encoding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypedDict

from cms.cleaning import clean_line
from cms.database import TITLE_LENGTH
from cms.media.subtitles.decoding import guess

#: A longer tag is cut.
MAX_LENGTH = TITLE_LENGTH

# FFmpeg uses these names for the tags of all containers, but not always in lower case.
_NAMES = {
    "title": ("title",),
    "artist": ("artist", "album_artist", "author", "performer"),
    "album": ("album",),
    "recorded": ("date", "creation_time", "year", "date_recorded"),
}
# A date before its time, or a year alone: ISO 8601, as FFmpeg and most programs write it.
_DATE = re.compile(r"(?!0000|1904-01-01)\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?(?!\d)")
_HIGH = "[\u00c0-\u00ff]"
_WORDS = re.compile(rf"[A-Za-z\u00c0-\u00ff]*{_HIGH}[A-Za-z\u00c0-\u00ff]*")


class Tags(TypedDict, total=False):
    """The tags that are not empty. ``recorded`` is a date, a month or a year (ISO 8601)."""

    title: str
    artist: str
    album: str
    recorded: str


def read(*metadata: Mapping[str, str]) -> Tags:
    """The tags in these mappings. Earlier ones win. Bytes that are not UTF-8 are surrogates (PEP 383)."""
    found: Tags = {}
    for name, spellings in _NAMES.items():
        given = (
            repaired(value)
            for tags in metadata
            for spelling in spellings
            for key, value in tags.items()
            if key.lower() == spelling
        )
        if name == "recorded":
            given = (match[0] for text in given if (match := _DATE.match(text)))
        if text := next(filter(None, given), ""):
            found[name] = text  # type: ignore[literal-required]
    return found


def repaired(text: str) -> str:
    """A tag as one line, in the encoding that it was most probably written in."""
    if not text.isascii():
        text = _decoded(text)
    return clean_line(text)[:MAX_LENGTH].strip()


def _decoded(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return _read(text.encode(errors="surrogateescape"))
    # ID3 knows Latin-1 and UTF-16, and many programs label their own encoding as Latin-1.
    words = _WORDS.findall(text)
    is_other = all(re.fullmatch(f"{_HIGH}+", word) for word in words) and any(len(word) > 2 for word in words)
    try:
        return _read(text.encode("latin-1")) if is_other else text
    except UnicodeEncodeError:
        return text


def _read(data: bytes) -> str:
    if re.search(rb"[\x80-\xff]{2}", data):
        return data.decode(guess(data), errors="replace")
    # Single letters among ASCII tell chardet too little. They count as Western.
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("mac-roman")
