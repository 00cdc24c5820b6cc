"""Languages by their tags (BCP 47): their names, and which way they are written, as Unicode's CLDR has them."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError

#: Tags that CLDR has names for, but that name no language.
_NONE = ("mul", "root", "und", "zxx")


def name(tag: str, reader: Locale) -> str:
    """The name of a language in the reader's; in English, or as its tag, if there is none."""
    code = tag.replace("-", "_")
    return str(reader.languages.get(code) or _english().get(code) or tag)


@cache
def names(reader: Locale) -> list[tuple[str, str]]:
    """Tag and name of every language that there is to choose from, the same for each reader, by their names."""
    tags = [code.replace("_", "-") for code in _english() if code not in _NONE]
    return sorted(((tag, name(tag, reader)) for tag in tags), key=lambda found: found[1].casefold())


@cache
def direction(tag: str) -> str:
    """Which way it is written: ``ltr`` or ``rtl``."""
    try:
        return str(Locale.parse(tag, sep="-").text_direction)
    except (UnknownLocaleError, ValueError):
        return "ltr"


@cache
def _english() -> dict[str, str]:
    return dict(Locale("en").languages)
