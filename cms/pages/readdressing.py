"""Another media file's address in a text, in the place of one. All else of the text stays as it is, to the letter."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from cms.pages import markup

#: What addresses of media files have before the path.
MEDIA = "/media/"


def readdressed(text: str, old: str, new: str) -> str:
    """A text that names the media file at ``new`` wherever it is rendered with the address of the one at ``old``.

    Markdown's parser does not tell where in a text an address stands. So each place where the path could be one is
    changed, and the change is kept if one address or more have become the other, and nothing else has changed.
    """
    addresses = list(markup.addresses(text)) if MEDIA in text else []
    if old not in map(markup.media_path, addresses):
        return text
    for found in reversed(list(_written(old).finditer(text))):
        changed = text[: found.start()] + quote(MEDIA + new) + text[found.end() :]
        after = list(markup.addresses(changed))
        if (
            after != addresses
            and len(after) == len(addresses)
            and all(
                one == other or (markup.media_path(one), markup.media_path(other)) == (old, new)
                for one, other in zip(addresses, after, strict=True)
            )
        ):
            text, addresses = changed, after
    return text


@lru_cache
def _written(path: str) -> re.Pattern[str]:
    """The address of a file as it can be written in Markdown: percent-encoded or not, and punctuation escaped."""
    return re.compile("".join(map(_character, MEDIA + path)))


def _character(character: str) -> str:
    encoded = "".join(f"(?i:%{byte:02x})" for byte in character.encode())
    literal = re.escape(character) if character.isalnum() else rf"\\?{re.escape(character)}"
    return f"(?:{literal}|{encoded})"
