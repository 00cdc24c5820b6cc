"""Redirects that never leave the site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request


def safe_target(target: str | None, default: str) -> str:
    r"""``target`` if it is a path within this site, below its prefix, or else ``default``.

    Browsers read ``//host``, ``/\host`` and addresses with control characters as other sites.
    """
    if not target or not f"{target}/".startswith(f"{request.script_root}/") or target.startswith(("//", "/\\")):
        return default
    if any(ord(c) < 32 or c == "\\" for c in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target
