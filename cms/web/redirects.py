"""Redirects that never leave the site."""

from __future__ import annotations

from urllib.parse import urlsplit


def safe_target(target: str | None, default: str) -> str:
    r"""``target`` if it is a path on this site, else ``default``.

    Browsers read ``//host``, ``/\host`` and addresses with control characters as other sites.
    """
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if any(ord(c) < 32 or c == "\\" for c in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target
