"""Steps of an upload as the worker takes them, each in its own session and transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from cms.database import now
from cms.leases import Claim
from cms.media import inspection, recovery, uploads
from cms.media.inspection import Inspected
from cms.media.models import MediaFile, Upload, UploadStatus
from cms.media.storage import Storage
from cms.messages import InvalidInput
from cms.pages.models import Attachment
from tests.disk import on_disk

LEASE = 60


def claim(engine: Engine, upload_id: int, lease: float = LEASE) -> Claim | None:
    with Session(engine) as session:
        found = uploads.claim(session, upload_id, lease)
        session.commit()
        return found


def rest(engine: Engine, upload_id: int) -> None:
    """End the pause that follows an error of an upload."""
    resting = (Upload.id == upload_id, Upload.status == UploadStatus.PENDING, Upload.due_at.is_not(None))
    with engine.begin() as connection:
        connection.execute(update(Upload).where(*resting).values(due_at=now()))


def claimed(engine: Engine, upload_id: int, lease: float = LEASE) -> Claim:
    rest(engine, upload_id)
    found = claim(engine, upload_id, lease)
    assert found, "it was not pending"
    return found


def inspect(engine: Engine, storage: Storage, upload_id: int) -> Inspected:
    with Session(engine) as session:
        upload = session.get_one(Upload, upload_id)
        session.expunge(upload)
    return inspection.inspect(upload, storage.staging, lambda: None)


def finish(engine: Engine, storage: Storage, claim: Claim, found: Inspected, time_zone: str = "UTC") -> Upload:
    with Session(engine, expire_on_commit=False) as session:
        upload = uploads.complete(session, claim, found, storage, time_zone)
        session.commit()
        return upload


def fail(engine: Engine, claim: Claim, error: InvalidInput) -> Upload:
    with Session(engine, expire_on_commit=False) as session:
        upload = uploads.fail(session, claim, error)
        session.commit()
        return upload


def requeue(engine: Engine, claim: Claim, fault: Exception) -> Upload:
    with Session(engine, expire_on_commit=False) as session:
        upload = uploads.requeue(session, claim, fault)
        session.commit()
        return upload


def complete(engine: Engine, storage: Storage, upload_id: int) -> Upload:
    """Process a pending upload to its end, as a worker does if nothing but the file is faulty."""
    right = claimed(engine, upload_id)
    try:
        return finish(engine, storage, right, inspect(engine, storage, upload_id))
    except InvalidInput as error:
        return fail(engine, right, error)


def recover(engine: Engine) -> list[int]:
    with Session(engine) as session:
        due = recovery.recover(session, LEASE)
        session.commit()
        return due


def shown(engine: Engine, item_id: int, slot: str) -> str | None:
    """The path that the item shows in its slot."""
    with Session(engine) as session:
        attachment = session.get(Attachment, (item_id, slot))
        return attachment.media_file.path if attachment and attachment.media_file else None


def media_rows(engine: Engine) -> list[MediaFile]:
    with Session(engine) as session:
        return list(session.scalars(select(MediaFile).order_by(MediaFile.id)))


def files_on_disk(storage: Storage) -> list[str]:
    return sorted(str(path.relative_to(on_disk(storage))) for path in on_disk(storage).rglob("*") if path.is_file())


def delete(engine: Engine, row: Any) -> None:
    with Session(engine) as session:
        session.delete(session.get_one(type(row), row.id))
        session.commit()


def retry(engine: Engine, upload_id: int) -> None:
    with Session(engine) as session:
        uploads.retry(session, session.get_one(Upload, upload_id))
        session.commit()


def extend(engine: Engine, claim: Claim, lease: float) -> None:
    with Session(engine) as session:
        uploads.extend(session, claim, lease)
        session.commit()


def clean_staging(engine: Engine, storage: Storage, grace: float) -> list[str]:
    with Session(engine) as session:
        unneeded = recovery.unneeded_in_staging(session, storage.staging, grace)
        session.commit()
    for name in unneeded:
        storage.discard(name)
    return unneeded


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Start work in a thread beside the test."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def waits(engine: Engine, thread: threading.Thread) -> bool:
    """Whether a thread is waiting for a database lock.

    PostgreSQL tells; on SQLite, a thread that has not ended after half a second counts as waiting.
    """
    until = time.monotonic() + 20
    while thread.is_alive() and time.monotonic() < until:
        if engine.dialect.name != "postgresql":
            thread.join(0.5)
            return thread.is_alive()
        with engine.connect() as connection:
            if connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return True
        thread.join(0.02)
    return False
