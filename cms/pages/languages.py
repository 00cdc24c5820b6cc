"""Languages by BCP 47 tag: their names and directions, from Unicode's CLDR."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from babel import Locale, UnknownLocaleError

from cms.media.facts import language_tag

#: Tags with names in CLDR that do not stand for a language.
_NONE = ("mul", "root", "und", "zxx")


def name(tag: str, reader: Locale) -> str:
    """The name of a language in the reader's language, or else in English, or else its tag."""
    code = tag.replace("-", "_")
    return str(reader.languages.get(code) or _english().get(code) or tag)


@cache
def names(reader: Locale) -> list[tuple[str, str]]:
    """Tag and name of every language that can be chosen, sorted by name. The choice is the same for each reader."""
    tags = [code.replace("_", "-") for code in _english() if code not in _NONE]
    return sorted(((tag, name(tag, reader)) for tag in tags), key=lambda found: found[1].casefold())


def in_filename(filename: str, others: Collection[str] = ()) -> str:
    """The tag of the language that a file's name ends with, as ``film.ru.srt``; empty if it names none.

    Args:
        filename: with its extension.
        others: parts that may come after the language, as in ``film.en.forced.srt``.
    """
    parts = [part for part in filename.split(".")[1:-1] if part.lower() not in others]
    if not parts:
        return ""
    language, *rest = re.split("[-_]", parts[-1])
    written = "_".join([language.lower(), *(part.upper() if len(part) == 2 else part.title() for part in rest)])
    if written in _english() and written not in _NONE:
        return written.replace("_", "-")
    return language_tag(parts[-1]) or ""


@cache
def direction(tag: str) -> str:
    """The direction in which a language is written: ``ltr`` or ``rtl``."""
    try:
        return str(Locale.parse(tag, sep="-").text_direction)
    except (UnknownLocaleError, ValueError):
        return "ltr"


@cache
def _english() -> dict[str, str]:
    return dict(Locale("en").languages)
