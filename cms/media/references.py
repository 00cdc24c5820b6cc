"""Who refers to media files. Garbage asks all of them, and knows none by name.

A room whose rows show media files says how to find those that it shows, when its models are imported. The
database refuses, too: a foreign key to ``media_file`` must be ``ON DELETE RESTRICT``.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_

_conditions: list[ColumnElement[bool]] = []


def refer(condition: ColumnElement[bool]) -> None:
    """Have media files kept for which this condition, correlated with their table, is true."""
    _conditions.append(condition)


def is_referenced() -> ColumnElement[bool]:
    """The condition for media files that somebody refers to.

    Raises:
        RuntimeError: no room has said how to ask it; all files would look unused.
    """
    if not _conditions:
        raise RuntimeError("nobody has said how to find the media files that are in use")
    return or_(*_conditions)
