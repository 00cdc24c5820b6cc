"""How texts are compared: without case and accents, in any alphabet."""

from __future__ import annotations

import re
import unicodedata

from cms.media.storage.names import digest_in

#: The combining marks of the Latin, Greek and Cyrillic alphabets. Elsewhere marks are letters of their own.
_ACCENTS = re.compile("[\u0300-\u036f]+")


def fold(text: str) -> str:
    """The text as it is compared: é like e, Ё like е, ß like ss, full-width like half-width."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()))
    return unicodedata.normalize("NFKC", bare)


def words(text: str) -> list[str]:
    """The words to look for, each once. A stored file's name is looked for without the digest in it."""
    return list(dict.fromkeys(fold(without_digest(word)) for word in text.split()))


def without_digest(name: str) -> str:
    """The name of a stored file as it was before its digest was added: any other text stays the same."""
    digest = digest_in(name)
    return name if digest is None else name.replace(f"-{digest}.", ".")
