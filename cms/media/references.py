"""What refers to media files. Garbage collection asks all referrers, and knows none by name.

A domain whose rows show media files registers how to find those files when its models are imported. The
database protects them, too: a foreign key to ``media_file`` must be ``ON DELETE RESTRICT``.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_

_conditions: list[ColumnElement[bool]] = []


def refer(condition: ColumnElement[bool]) -> None:
    """Keep the media files that match this condition, which is correlated with their table."""
    _conditions.append(condition)


def is_referenced() -> ColumnElement[bool]:
    """The condition for media files that are referred to.

    Raises:
        RuntimeError: no condition is registered; all files would look unused.
    """
    if not _conditions:
        raise RuntimeError("nobody has said how to find the media files that are in use")
    return or_(*_conditions)
