"""Resumable uploads: a file arrives piece by piece, and what has arrived is never sent again.

The upload is ``receiving`` until the last byte is in staging. How much has arrived is not noted anywhere: it is the
size of the staged file, so nothing can disagree with the bytes after a crash. Nothing here knows HTTP. Functions with a
session flush and never commit.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from cms import leases
from cms.database import changed_rows, now
from cms.media import uploads
from cms.media.models import Upload, UploadStatus
from cms.media.storage.staging import Staging
from cms.messages import N_, InvalidInput

#: For how long an upload may rest before it is given up: a laptop that is closed on Friday goes on after the weekend.
KEPT_FOR = timedelta(days=7)
#: How many uploads of one editor may be open at a time.
MOST_OPEN = 1000
#: Bytes to leave free on the disk when an upload begins.
RESERVE = 256 * 2**20

#: Why bytes beyond the end of the file are refused.
TOO_MANY = N_("More bytes were sent than the file was said to have.")


class Busy(Exception):
    """Another request is sending bytes of the same upload."""


class WrongOffset(Exception):
    """The bytes do not follow those that are there."""


class Gone(Exception):
    """The upload was given up, or its bytes were removed."""


def begin(upload: Upload, owner: str, *, made_item: bool) -> None:
    """Let a staged upload wait for the rest of its bytes, which only ``owner`` may send."""
    upload.status = UploadStatus.RECEIVING
    upload.next_send_at = None
    upload.owner, upload.made_item = owner, made_item
    upload.expires_at = now() + KEPT_FOR


def offset(staging: Staging, upload: Upload) -> int:
    """How many bytes of an upload have arrived.

    Raises:
        Gone: it was given up.
    """
    if upload.status != UploadStatus.RECEIVING:
        if upload.expires_at is not None:
            raise Gone
        return upload.size
    if _is_over(upload):
        raise Gone
    try:
        return staging.path(upload.staged_name or "").stat().st_size
    except FileNotFoundError:
        raise Gone from None


def receive(path: Path, start: int, size: int, parts: Iterable[bytes], pause: Callable[[], None]) -> int:
    """Append bytes to a staged file, and return its size once they are durable. What was written stays in any case.

    Args:
        path: the staged file.
        start: where the bytes belong.
        size: the size of the whole file.
        parts: the bytes.
        pause: called before each part is written.

    Raises:
        Busy: another request is sending.
        WrongOffset: the file does not end at ``start``.
        InvalidInput: there are more bytes than the file was announced to have.
        Gone: the file is no longer there.
        OSError: the disk is full or fails.
    """
    with _locked(path) as file:
        if file.seek(0, os.SEEK_END) != start:
            raise WrongOffset
        try:
            for part in parts:
                if file.tell() + len(part) > size:
                    raise InvalidInput(TOO_MANY)
                pause()
                left = memoryview(part)
                while left:
                    left = left[file.write(left) :]
        finally:
            os.fsync(file.fileno())
        return file.tell()


def open_uploads(session: Session, owner: str) -> int:
    """How many uploads somebody has begun and not completed."""
    mine = (Upload.status == UploadStatus.RECEIVING, Upload.owner == owner)
    return session.scalar(select(func.count()).select_from(Upload).where(*mine)) or 0


def check_room(staging: Staging, size: int) -> None:
    """Raise OSError if the disk has no room for a file of that size."""
    if shutil.disk_usage(staging.root).free - size < RESERVE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def advance(session: Session, upload_id: int, *, is_whole: bool) -> datetime | None:
    """Record that bytes have arrived: the upload may rest again, or goes to the workers if it is whole.

    Return until when it may rest.

    Raises:
        Gone: it was cancelled or given up meanwhile.
    """
    expires_at = None if is_whole else now() + KEPT_FOR
    values: dict[str, Any] = {"expires_at": expires_at, "updated_at": now()}
    if is_whole:
        soon = now() + timedelta(seconds=uploads.RETRIES.resend_after)
        values |= {"status": UploadStatus.PENDING, "next_send_at": soon}
    mine = update(Upload).where(Upload.id == upload_id, Upload.status == UploadStatus.RECEIVING)
    if changed_rows(session.execute(mine.values(**values))):
        return expires_at
    # Recovery may have found before that it is whole.
    if not has_arrived(session, upload_id):
        raise Gone
    return None


def has_arrived(session: Session, upload_id: int) -> bool:
    """Whether all of an upload has arrived, and has gone to the workers. They may be done with its staged file."""
    return session.scalar(select(Upload.id).where(Upload.id == upload_id, Upload.expires_at.is_(None))) is not None


def cancel(session: Session, upload_id: int) -> bool:
    """Delete an upload that is not whole yet; ``False`` if it is. Remove its bytes after the commit."""
    cancelled = delete(Upload).where(Upload.id == upload_id, Upload.status == UploadStatus.RECEIVING)
    return bool(changed_rows(session.execute(cancelled)))


def settle(session: Session, staging: Staging) -> None:
    """Send on what is whole though its request has died, and give up what has rested for too long.

    The bytes of what is given up are removed with others that are not needed any more.
    """
    receiving = select(Upload).where(Upload.status == UploadStatus.RECEIVING).with_for_update(skip_locked=True)
    for upload in session.scalars(receiving):
        try:
            with _locked(staging.path(upload.staged_name or "")) as file:
                if file.seek(0, os.SEEK_END) == upload.size:
                    os.fsync(file.fileno())
                    upload.status, upload.expires_at = UploadStatus.PENDING, None
                elif _is_over(upload):
                    _give_up(upload)
        except Gone:
            _give_up(upload)
        except Busy:
            pass
    session.flush()


def _is_over(upload: Upload) -> bool:
    """Whether an upload has rested for too long. A time that is too far ahead is from before the clock was set back."""
    left = (upload.expires_at or now()) - now()
    return not timedelta() < left <= 2 * KEPT_FOR


def _give_up(upload: Upload) -> None:
    """End an upload. That ``expires_at`` stays tells it from those whose files were whole."""
    leases.finish(upload, UploadStatus.FAILED)
    upload.reason = N_("The file did not arrive completely. Please upload it again.")


@contextmanager
def _locked(path: Path) -> Iterator[FileIO]:
    """Open a staged file for the only one who may write to it. The lock ends with the process, however it ends."""
    try:
        file = FileIO(path, "r+")
    except FileNotFoundError:
        raise Gone from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield file
