"""What refers to media files. Garbage collection asks all referrers, and knows none by name.

A domain whose rows show media files registers how to find those files when its models are imported. The database
protects them, too: a foreign key to ``media_file``, where there is one, must be ``ON DELETE RESTRICT``. Originals are
referred to here, by what visitors get in their place.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from cms.media.models import MediaFile, Original

_conditions: list[ColumnElement[bool]] = []


def refer(condition: ColumnElement[bool]) -> None:
    """Keep the media files that match this condition, which is correlated with their table."""
    _conditions.append(condition)


def is_referenced() -> ColumnElement[bool]:
    """The condition for media files that are referred to, or in the trash.

    Raises:
        RuntimeError: no condition is registered; all files would look unused.
    """
    if not _conditions:
        raise RuntimeError("nobody has said how to find the media files that are in use")
    is_original = select(Original.media_file_id).where(Original.media_file_id == MediaFile.id)
    return or_(*_conditions, is_original.correlate(MediaFile).exists(), MediaFile.deleted_at.is_not(None))
