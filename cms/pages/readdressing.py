"""Another media file's address in a text, in the place of one. All else of the text stays as it is, to the letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import lru_cache
from urllib.parse import quote

from cms.pages import markup

#: What addresses of media files have before the path.
MEDIA = "/media/"
# What stands for an address while it is found out what the text says there.
_PROBE = "mediafold{}x"
_PROBED = re.compile(re.escape(MEDIA) + r"mediafold(\d+)x")


def paths(text: str) -> list[str | None]:
    """The paths of the media files that a text's addresses lead to, in order; ``None`` for all other addresses."""
    return [markup.media_path(address) for address in markup.addresses(text)]


def readdressed(text: str, old: str, new: str, places: Collection[int] | None = None) -> str:
    """A text that names the media file at ``new`` where it is rendered with the address of the one at ``old``.

    Markdown's parser does not tell where in a text an address stands. So whatever could be the path is replaced by a
    number first: the addresses that have it then tell which of them are meant. An address that is written with a named
    character reference stays.

    Args:
        text: in Markdown.
        old: the path of a media file.
        new: that of another one.
        places: only the addresses with these numbers, counted from 0 among all of the text.
    """
    addresses = list(markup.addresses(text)) if MEDIA in text else []
    wanted = {number for number, address in enumerate(addresses) if markup.media_path(address) == old}
    if places is not None:
        wanted &= set(places)
    if not wanted:
        return text
    probed = list(markup.addresses(_replaced(text, old, lambda number: _PROBE.format(number))))
    if len(probed) != len(addresses):
        return text
    sources: dict[int, set[int]] = {}
    for place, address in enumerate(probed):
        if found := _PROBED.search(address):
            sources.setdefault(int(found[1]), set()).add(place)
    meant = {number: there for number, there in sources.items() if there <= wanted}
    changed = _replaced(text, old, lambda number: quote(new) if number in meant else None)
    after, theirs = list(markup.addresses(changed)), set().union(*meant.values())
    is_right = len(after) == len(addresses) and all(
        markup.media_path(after[place]) == new if place in theirs else after[place] == address
        for place, address in enumerate(addresses)
    )
    return changed if is_right else text


def _replaced(text: str, old: str, path: Callable[[int], str | None]) -> str:
    """The text with other paths where the old one is written: the first, the second …; ``None`` leaves it."""
    number = -1

    def put(found: re.Match[str]) -> str:
        nonlocal number
        number += 1
        other = path(number)
        return found[0] if other is None else MEDIA + other

    return _written(old).sub(put, text)


@lru_cache
def _written(path: str) -> re.Pattern[str]:
    """An address as it can be written in Markdown: percent-encoded, as numbers of characters, or with backslashes."""
    return re.compile("".join(map(_character, MEDIA + path)))


def _character(character: str) -> str:
    encoded = "".join(f"%{byte:02x}" for byte in character.encode())
    number = ord(character)
    literal = re.escape(character) if character.isalnum() else rf"\\?{re.escape(character)}"
    return f"(?:{literal}|(?i:{encoded}|&#0*{number};|&#x0*{number:x};))"
