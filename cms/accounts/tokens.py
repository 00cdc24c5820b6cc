"""Random tokens that people hold, and their digests, which are kept."""

from __future__ import annotations

import secrets
from hashlib import sha256


def new() -> str:
    """A token that nobody can guess: 256 bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token. Nobody gets from it to the token, which is too long to be tried out."""
    return sha256(token.encode(errors="replace")).hexdigest()
