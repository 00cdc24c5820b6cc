"""Languages by BCP 47 tag: their names and directions, from Unicode's CLDR."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError

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
