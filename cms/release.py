"""Which release this is."""

from __future__ import annotations

from pathlib import Path

from blake3 import blake3

#: Where all lies that a page is made with. What it is made of is the database's.
_FOLDERS = ("cms", "templates", "static")


def fingerprint(root: Path, *settings: str) -> str:
    """A short digest of the code, the templates, the static files, and the settings that pages show.

    Bodies are cached under it: another release, beside this one or after it, finds none of them.
    """
    hasher = blake3("\0".join(settings).encode())
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                hasher.update(f"\0{path.relative_to(root)}\0".encode()).update(path.read_bytes())
    return hasher.hexdigest(8)
