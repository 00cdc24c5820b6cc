"""Clean typed text: remove control characters and surrounding spaces.

Only the categories Cc and Cs are removed; they are the same in every version of Unicode. Characters that this Python
does not know yet stay. So do format characters, which Persian, Hebrew and emoji need.
"""

from __future__ import annotations

import re

from cms.database import TITLE_LENGTH

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROLS_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # all but tabs and line feeds
_LINE_ENDS = re.compile("\r\n?")
# No-break and wide spaces are typed on purpose.
_SPACES = re.compile("[ \t\n\u2028\u2029]+")
# A number after a dot ("Part 1.5") and a sentence after one ("Mr. Smith") are no extension.
_EXTENSION = re.compile(r"(?<=.)\.(?=\w*[a-z])[a-z0-9]{1,8}$", re.IGNORECASE)


def without_controls(text: str) -> str:
    """``text`` without control characters (the databases refuse NUL) or lone surrogates (UTF-8 has none)."""
    return _CONTROLS.sub("", text)


def clean_text(text: str) -> str:
    """Clean a text of several lines. Every line end becomes a line feed."""
    return _CONTROLS_IN_TEXT.sub("", _LINE_ENDS.sub("\n", text)).strip()


def clean_line(text: str) -> str:
    """Clean a text and join it into one line."""
    return _SPACES.sub(" ", clean_text(text)).strip()


def title_of(filename: str) -> str:
    """A title made from a client's file name: without folders or extension, with spaces for underscores.

    It may be empty, and has at most 255 characters.
    """
    name = clean_line(filename.replace("\\", "/").rsplit("/", 1)[-1])
    return clean_line(_EXTENSION.sub("", name).replace("_", " "))[:TITLE_LENGTH].rstrip()
