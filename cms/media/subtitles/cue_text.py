"""The text of a cue. Tags of WebVTT are kept, those of other formats are dropped, and all else is shown.

Source: https://www.w3.org/TR/webvtt1/#webvtt-cue-text-parsing-rules
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

# Override tags of Advanced SubStation, such as {\an8} and {\i1}; and the start of one that is not closed.
_OVERRIDE = re.compile(r"\{\\[^{}\n]*\}")
_OVERRIDE_START = re.compile(r"\{\\+")
# A tag, a character reference, or a stray character that could begin one.
_MARKUP = re.compile(r"<[^<>]*>|&(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});|[<&]")
_TAG = re.compile(r"<\s*(?P<end>/?)\s*(?P<name>[a-zA-Z]+)(?P<classes>(?:\.[^\s.<>&/]+)*)(?P<rest>(?:[\s/=][^<>]*)?)>")
_TIMESTAMP = re.compile(r"<(\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}>")

# A tag that ends like the arrow of a timing line.
_ARROW_TAG = re.compile(r"<([^<>]*--)>")

_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f]")

_REFERENCES = {"&amp;", "&lt;", "&gt;", "&nbsp;", "&lrm;", "&rlm;"}
_KEPT = {"b", "i", "u", "c", "v", "lang", "ruby", "rt"}
# Tags with an annotation: the speaker, or the language.
_ANNOTATED = {"v", "lang"}
_SAME = {"em": "i", "strong": "b"}
_DROPPED = {"font", "s", "strike", "span", "p", "div", "small", "big", "center", "sub", "sup", "tt", "a"}


def clean(lines: Iterable[str]) -> str:
    """Text that a browser shows as players do, and in which nothing ends the cue early."""
    # Overrides are removed first, for those within tags, and again afterwards, for those that a tag has split.
    text = _without_overrides(_MARKUP.sub(_markup, _without_overrides("\n".join(lines))))
    text = _ARROW_TAG.sub(_without_arrow, text).replace("-->", "--&gt;")
    shown = (line.strip() for line in text.split("\n"))
    return "\n".join(filter(None, shown))


def plain(text: str) -> str:
    """A cue's text for people to read, without tags and escapes."""
    return html.unescape(re.sub(r"<[^<>]*>", "", text))


def _without_overrides(text: str) -> str:
    return _OVERRIDE_START.sub("{", _OVERRIDE.sub("", text))


def _without_arrow(match: re.Match[str]) -> str:
    """The tag without the hyphens at its end, and without a class that consists of hyphens."""
    name, space, words = match[1].partition(" ")
    words = words.rstrip("- ")
    return f"<{name}{space}{words}>" if words else f"<{name.rstrip('-.')}>"


def _markup(match: re.Match[str]) -> str:
    token = match[0]
    if token[0] == "&":
        return token if token in _REFERENCES else html.escape(_CONTROLS.sub("", html.unescape(token)), quote=False)
    if _TIMESTAMP.fullmatch(token):
        return token
    tag = _TAG.fullmatch(token)
    name = tag["name"].lower() if tag else ""
    if tag and name == "br":
        return "\n"
    if tag and name in _DROPPED:
        return ""
    name = _SAME.get(name, name)
    if tag and name in _KEPT:
        words = " ".join(tag["rest"].split()) if name in _ANNOTATED and not tag["end"] else ""
        return f"<{tag['end']}{name}{tag['classes']}{' ' if words else ''}{words}>"
    return "&lt;" + _MARKUP.sub(_markup, token[1:])
