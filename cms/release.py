"""The fingerprint of this release."""

from __future__ import annotations

from pathlib import Path

from blake3 import blake3

#: The folders that decide how pages look. Their content is in the database.
_FOLDERS = ("cms", "templates", "static")


def fingerprint(root: Path, *settings: str) -> str:
    """A short digest of the code, the templates, the static files, and the settings that pages show.

    The keys of cached bodies contain it, so that no release finds those of another one.
    """
    hasher = blake3("\0".join(settings).encode())
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                hasher.update(f"\0{path.relative_to(root)}\0".encode()).update(path.read_bytes())
    return hasher.hexdigest(8)
