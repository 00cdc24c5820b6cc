"""The verification of stored files: they are hashed again, the longest unverified first.

No transaction is open while bytes are read: on SQLite it would keep every writer waiting.
"""

from __future__ import annotations

import errno
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select, true, update
from sqlalchemy.orm import Session

from cms.database import Transactions, now
from cms.media import folder_marks
from cms.media.digest import read_digest
from cms.media.locks import lock_digest
from cms.media.models import MediaFault, MediaFile
from cms.media.storage.names import digest_in
from cms.media.storage.store import FileStat, FoundFile, MediaStore

log = structlog.get_logger(__name__)

# How many rows or names one query asks for.
BATCH = 200


@dataclass(frozen=True)
class _Stored:
    id: int
    digest: str
    size: int
    path: str
    verified_at: datetime | None


@dataclass(frozen=True)
class Verified:
    """The result for one media file: its path, its expected size in bytes, and what is wrong with it.

    ``is_unread``: there is no result, as the store cannot be reached, or may not be read. No row records it.
    """

    path: str
    size: int
    fault: MediaFault | None
    is_unread: bool = False


class RateLimiter:
    """Slows reading down to a rate. After a slow phase, at most one second of it is made up for.

    Args:
        bytes_per_second: the rate; 0 for no limit.
        beat: called after each part that was read, with its size: a sign of life, or of progress.
    """

    def __init__(self, bytes_per_second: float, beat: Callable[[int], object] = lambda _: None) -> None:
        self.bytes = 0
        self._rate = bytes_per_second
        self._beat = beat
        self._free_at = time.monotonic()  # when more may be read

    def __call__(self, count: int) -> None:
        """Count bytes that were read, and wait until the rate allows more."""
        self.bytes += count
        self._beat(count)
        if self._rate:
            moment = time.monotonic()
            self._free_at = max(self._free_at, moment - 1) + count / self._rate
            time.sleep(max(0.0, self._free_at - moment))


def stored_bytes(session: Session) -> int:
    """How many bytes a verification of all files has to read."""
    return int(session.scalar(select(func.coalesce(func.sum(MediaFile.size), 0))) or 0)


def verify(
    transaction: Transactions,
    store: MediaStore,
    limiter: RateLimiter,
    *,
    before: datetime | None = None,
    dry_run: bool = False,
) -> Iterator[Verified]:
    """Hash stored files again, the longest unverified first. Record the time and what is wrong.

    A run may be stopped at any file; the next one goes on with the oldest. A file that is put back, replaced or removed
    while it is read is left out. A file that cannot be read for now is logged. Its row stays as it is, so the next run
    tries it again.

    Args:
        transaction: opens a transaction.
        store: where the files are.
        limiter: told how much was read.
        before: leave out files verified since then; without it all files are verified.
        dry_run: write nothing.
    """
    begun = now()
    for stored in _longest_unverified(transaction, begun, before or begun):
        try:
            fault, seen = _look(store, stored, limiter)
            with transaction() as session:
                if fault == MediaFault.MISSING:
                    folder_marks.check(session, store)
                lock_digest(session, stored.digest)
                if _stat(store, stored.path) != seen:
                    continue
                there = and_(MediaFile.id == stored.id, MediaFile.path == stored.path)
                # Never before the run began, even if the clock is set back: this run is done with the file.
                noted = update(MediaFile).where(there).values(verified_at=max(now(), begun), fault=fault)
                asked = select(MediaFile.id).where(there)
                found = session.scalar(asked if dry_run else noted.returning(MediaFile.id))
        except OSError as error:
            log.warning("media_not_verified", path=stored.path, error=str(error))
            yield Verified(stored.path, stored.size, None, is_unread=True)
            continue
        if found is not None:
            yield Verified(stored.path, stored.size, fault)


def orphans(transaction: Transactions, store: MediaStore, older_than: float = 0) -> Iterator[FoundFile]:
    """Files that no row names and that were stored more than ``older_than`` seconds ago.

    A file whose upload is just being completed is no orphan: its row is waited for.
    """
    files = (file for file in store.iterate() if file.age >= older_than)
    while batch := list(islice(files, BATCH)):
        names = [_as_in_row(file.path) for file in batch]
        with transaction() as session:
            named = set(session.scalars(select(MediaFile.path).where(MediaFile.path.in_(names))))
        for file, name in zip(batch, names, strict=True):
            if name not in named:
                with transaction() as session:
                    is_orphan = has_no_row(session, file.path)
                if is_orphan and store.stat(file.path):
                    yield file


def has_no_row(session: Session, path: str) -> bool:
    """Whether no row names that path, or will before this transaction ends."""
    if digest := digest_in(path):
        lock_digest(session, digest)
    return session.scalar(select(MediaFile.id).where(MediaFile.path == _as_in_row(path))) is None


def _as_in_row(path: str) -> str:
    """A path as in a row: composed (NFC), which not every file system keeps, and with undecodable bytes escaped."""
    return unicodedata.normalize("NFC", path.encode(errors="backslashreplace").decode())


def _longest_unverified(transaction: Transactions, begun: datetime, before: datetime) -> Iterator[_Stored]:
    """First files verified in the future (the clock was set back), then never, then before ``before``."""
    by_id = (MediaFile.id,)
    for condition, order in (
        (MediaFile.verified_at > begun, by_id),
        (MediaFile.verified_at.is_(None), by_id),
        (MediaFile.verified_at < before, (MediaFile.verified_at, MediaFile.id)),
    ):
        last: _Stored | None = None
        while batch := _batch(transaction, condition, order, _after(last, by_time=order is not by_id)):
            yield from batch
            last = batch[-1]


def _batch(
    transaction: Transactions, condition: ColumnElement[bool], order: Sequence[Any], after: ColumnElement[bool]
) -> list[_Stored]:
    columns = (MediaFile.id, MediaFile.digest, MediaFile.size, MediaFile.path, MediaFile.verified_at)
    with transaction() as session:
        rows = session.execute(select(*columns).where(condition, after).order_by(*order).limit(BATCH))
        return [_Stored(*row) for row in rows]


def _after(last: _Stored | None, *, by_time: bool) -> ColumnElement[bool]:
    """Where the next batch begins. Rows verified meanwhile have moved to the end, so none comes twice."""
    if last is None:
        return true()
    further = MediaFile.id > last.id
    if not by_time or last.verified_at is None:
        return further
    return and_(MediaFile.verified_at >= last.verified_at, or_(MediaFile.verified_at > last.verified_at, further))


def _look(store: MediaStore, stored: _Stored, limiter: RateLimiter) -> tuple[MediaFault | None, FileStat | None]:
    """What is wrong with a file, and the stat of that file.

    Raises:
        OSError: the store cannot tell for now.
    """
    try:
        seen = store.stat(stored.path)
    except IsADirectoryError:
        return MediaFault.DAMAGED, None
    if seen is None:
        return MediaFault.MISSING, None
    try:
        whole = seen.size == stored.size and _digest(store, stored.path, limiter) == stored.digest
    except FileNotFoundError:
        return MediaFault.MISSING, seen
    except OSError as error:
        if error.errno != errno.EIO:  # EIO means a bad sector; others, that the store does not answer
            raise
        whole = False
    return None if whole else MediaFault.DAMAGED, seen


def _stat(store: MediaStore, path: str) -> FileStat | None:
    """The stat of the file there; ``None`` if there is none."""
    try:
        return store.stat(path)
    except IsADirectoryError:
        return None


def _digest(store: MediaStore, path: str, limiter: RateLimiter) -> str:
    with store.open(path) as file:
        return read_digest(file, limiter)
