"""The site as passkeys know it: its host and its origin."""

from __future__ import annotations

import secrets
import time
from urllib.parse import urlsplit

from flask import request, session

from cms import current

#: Under which names the session keeps a challenge, and when it was made.
_CHALLENGE = "passkey_challenge"


def origin() -> str:
    """The origin of the site's own address, or of the one that the browser has."""
    parts = urlsplit(current.settings().site_url or request.host_url)
    return f"{parts.scheme}://{parts.netloc}"


def host() -> str:
    """The host of the origin, without a port."""
    return urlsplit(origin()).hostname or ""


def keep_challenge(challenge: str) -> None:
    """Have the browser bring back the challenge that it is given."""
    session[_CHALLENGE] = [challenge, int(time.time())]


def kept_challenge(patience: float) -> str:
    """The challenge that the browser was given; one that nobody has signed if it was too long ago."""
    challenge, made = session.pop(_CHALLENGE, ("", 0))
    is_fresh = challenge and abs(time.time() - made) <= patience
    return challenge if is_fresh else secrets.token_urlsafe()
