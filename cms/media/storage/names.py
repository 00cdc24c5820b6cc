"""The names of stored files, made of the day, the kind, the client's file name and the digest."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

#: The longest stem, in bytes. With digest and extension, a name stays far below the 255 that file systems allow.
STEM_BYTES = 120

#: The folder of files that no visitor gets.
PRIVATE = "originals/"

# Kept, besides letters, marks and digits of any alphabet.
_KEPT = "-_"
# A name that we made ends in the digest, or in the start of it.
_DIGEST = re.compile(r"-([0-9a-f]{64}|[0-9a-f]{12})\.[^.]+$")


def safe_stem(filename: str, fallback: str) -> str:
    """The part of a client's file name that is kept in the stored one.

    Letters and digits of any alphabet survive; path separators, control characters and punctuation become
    underscores; the rest is cut at :data:`STEM_BYTES` bytes of UTF-8.
    """
    name = unicodedata.normalize("NFC", filename.replace("\\", "/").rsplit("/", 1)[-1])
    stem = name.rsplit(".", 1)[0] if "." in name.strip(".") else name
    stem = "".join(c if c in _KEPT or unicodedata.category(c)[0] in "LMN" else "_" for c in stem)
    stem = re.sub(r"_{2,}", "_", stem).strip("_-")
    stem = stem.encode()[:STEM_BYTES].decode(errors="ignore").rstrip("_-")
    return stem or fallback


def media_path(filename: str, kind: str, day: datetime, digest_start: str, extension: str) -> str:
    """``YYYY/MM/DD/<kind>/<safe-name>-<digest start>.<ext>``, the path of a file in the media store."""
    return f"{day:%Y/%m/%d}/{kind}/{safe_stem(filename, kind)}-{digest_start}.{extension}"


def private_path(path: str) -> str:
    """Where a file lies that would otherwise be public under ``path``."""
    return PRIVATE + path


def is_private(path: str) -> bool:
    """Whether no visitor gets the file at ``path``."""
    return path.startswith(PRIVATE)


def with_digest(path: str, digest_start: str) -> str:
    """The path of another version of the file at ``path``, with the start of that version's digest."""
    stem, _, extension = path.rpartition(".")
    return f"{_DIGEST.sub('', path) if _DIGEST.search(path) else stem}-{digest_start}.{extension}"


def digest_in(path: str) -> str | None:
    """The digest, or its start, that a media file's name carries; ``None`` if we did not make the name."""
    found = _DIGEST.search(path)
    return found[1] if found else None
