"""Garbage collection: unreferenced files are kept for a grace period, then removed, the row first.

A row's deletion is committed before its file is removed, so no row ever names a missing file. A crash in between leaves
a file without a row (an orphan). It is removed once it is older than the grace period.

The same bytes may be uploaded at that moment, into a new row with the same path. So both take the lock of
:func:`~cms.media.locks.lock_digest`, and a file is removed under the lock only if no row names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from cms.accounts import audit
from cms.accounts.audit import Deed
from cms.database import Transactions, now
from cms.media.integrity import BATCH, has_no_row, orphans
from cms.media.locks import lock_digest
from cms.media.models import MediaFile
from cms.media.references import is_referenced
from cms.media.storage.store import MediaStore

log = structlog.get_logger(__name__)

# How many rows one transaction searches for those to be marked.
_WINDOW = 10_000


@dataclass(frozen=True)
class Removed:
    """A file that was or would be removed: its path, its size in bytes, and whether no row named it."""

    path: str
    size: int
    is_orphan: bool


def collect(
    transaction: Transactions, store: MediaStore, grace_seconds: float, *, dry_run: bool = False
) -> Iterator[Removed]:
    """Remove the rows and orphans that nothing has referred to for longer than the grace period.

    Args:
        transaction: opens a transaction.
        store: where the files are.
        grace_seconds: how long bytes are kept; 0 removes all unreferenced ones at once.
        dry_run: only report what would be removed, and mark nothing.
    """
    if not dry_run:
        _mark(transaction)
    due = _due(now(), grace_seconds)
    last = 0
    while rows := _next(transaction, due, last):
        for row in rows:
            if dry_run or _remove(transaction, store, row, due):
                yield Removed(row.path, row.size, is_orphan=False)
        last = rows[-1].id
    for file in orphans(transaction, store, grace_seconds):
        if not dry_run:
            with transaction() as session:
                if not remove_unnamed(session, store, file.path):
                    continue
        yield Removed(file.path, file.size, is_orphan=True)


def count_due(session: Session, grace_seconds: float) -> int:
    """How many rows :func:`collect` would find to remove now, if they are marked already."""
    return session.scalar(select(func.count(MediaFile.id)).where(_due(now(), grace_seconds))) or 0


def count_unreferenced(session: Session) -> int:
    """How many media files nothing refers to, for however long."""
    return session.scalar(select(func.count(MediaFile.id)).where(~is_referenced())) or 0


def _mark(transaction: Transactions) -> None:
    """Record since when files are unreferenced, and unmark those that are referred to again."""
    moment, since = now(), MediaFile.unreferenced_since
    change = update(MediaFile).execution_options(synchronize_session=False)
    with transaction() as session:
        session.execute(change.where(since.is_not(None), is_referenced()).values(unreferenced_since=None))
        # The clock was set back: count from now, or the file would stay longer by as much.
        session.execute(change.where(since > moment).values(unreferenced_since=moment))
        largest = session.scalar(select(func.max(MediaFile.id))) or 0
    for start in range(0, largest, _WINDOW):
        new = change.where(MediaFile.id > start, MediaFile.id <= start + _WINDOW, since.is_(None), ~is_referenced())
        with transaction() as session:
            session.execute(new.values(unreferenced_since=moment))


def _due(moment: datetime, grace_seconds: float) -> ColumnElement[bool]:
    if grace_seconds <= 0:
        return ~is_referenced()
    return ~is_referenced() & (MediaFile.unreferenced_since <= moment - timedelta(seconds=grace_seconds))


def _next(transaction: Transactions, due: ColumnElement[bool], last: int) -> list[MediaFile]:
    with transaction() as session:
        rows = session.scalars(select(MediaFile).where(due, MediaFile.id > last).order_by(MediaFile.id).limit(BATCH))
        found = list(rows)
        session.expunge_all()
        return found


def _remove(transaction: Transactions, store: MediaStore, row: MediaFile, due: ColumnElement[bool]) -> bool:
    """Delete a row if it is still due. Once that is committed, remove its file."""
    with transaction() as session:
        lock_digest(session, row.digest)
        deleted = session.scalar(delete(MediaFile).where(MediaFile.id == row.id, due).returning(MediaFile.id))
        if deleted is not None:
            audit.note(session, Deed.DELETED, str(row), MediaFile.__tablename__, row.id)
    if deleted is None:
        return False
    with transaction() as session:
        remove_unnamed(session, store, row.path)
    return True


def remove_unnamed(session: Session, store: MediaStore, path: str) -> bool:
    """Remove the file at ``path``, unless a row names it or it cannot be removed. Return whether it was removed."""
    if not has_no_row(session, path):
        return False
    try:
        store.delete(path)
    except OSError as error:  # another user may own it: go on with the others
        log.warning("file_not_removed", path=path, error=str(error))
        return False
    return True
