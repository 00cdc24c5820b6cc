"""Who has uploaded files: every upload notes it by itself, so that nobody who makes one has to think of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, event, func, select
from sqlalchemy.orm import Session

from cms.media.models import MediaFile, Upload

#: How many people are named for a file.
NAMED = 10
#: With more files than this of one person, a list is read in its own order and looks at each file.
FEW = 20_000


def watch(session_class: type[Session] | Any, who: Callable[[], str]) -> None:
    """Have new uploads note who sends them, as ``who`` tells; nobody if that is empty."""

    @event.listens_for(session_class, "before_flush")
    def note(session: Session, _context: object, _rows: object) -> None:
        for row in session.new:
            if isinstance(row, Upload) and row.owner is None:
                row.owner = who() or None


def everybody(session: Session) -> Sequence[str]:
    """All who have ever uploaded something, in the order of the index, of which few entries are read."""
    names = select(func.min(Upload.owner).label("owner")).cte(recursive=True)
    next_one = select(func.min(Upload.owner)).where(Upload.owner > names.c.owner).scalar_subquery()
    names = names.union_all(select(next_one).where(names.c.owner.is_not(None)))
    return session.scalars(select(names.c.owner).where(names.c.owner.is_not(None))).all()


def of(session: Session, media_file_id: int) -> Sequence[str | None]:
    """Who has uploaded a media file, the first one first; ``None`` stands for those who are not known."""
    uploads = select(Upload.owner).where(Upload.media_file_id == media_file_id).group_by(Upload.owner)
    return session.scalars(uploads.order_by(func.min(Upload.id)).limit(NAMED)).all()


def uploaded_by(session: Session, owner: str | None) -> ColumnElement[bool]:
    """The condition for media files that somebody has uploaded; with ``None`` for those of nobody who is known."""
    sent = select(Upload.media_file_id).where(Upload.media_file_id.is_not(None))
    known = sent.where(Upload.owner == owner) if owner is not None else sent.where(Upload.owner.is_not(None))
    if owner is not None and len(session.scalars(known.limit(FEW + 1)).all()) <= FEW:
        return MediaFile.id.in_(known)
    each = known.where(Upload.media_file_id == MediaFile.id).correlate(MediaFile).exists()
    return each if owner is not None else ~each
