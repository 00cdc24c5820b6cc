"""Limits of what is tried on one account: from however many addresses, and at however many addresses of the site."""

from __future__ import annotations

from collections.abc import Callable

from flask import g

from cms.extensions import limiter


def limit_for_each(limits: str, scope: str) -> Callable[[object], None]:
    """What counts an attempt for a key, and refuses it with 429 when there were too many.

    (The limiter's own context manager counts for each endpoint apart, and threads that use it at once share its key.)

    Args:
        limits: how many in how much time, in the limiter's words.
        scope: what is limited; one function for each.
    """

    def nothing() -> None: ...

    nothing.__qualname__ = scope  # by which the limiter knows what it has decorated
    counted = limiter.shared_limit(limits, scope=scope, key_func=lambda: str(g.limited_for))(nothing)

    def count(key: object) -> None:
        g.limited_for = key
        counted()

    return count
