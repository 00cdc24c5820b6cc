"""Resumable uploads: where the bytes belong, who may send them, and what becomes of those that never arrive whole."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import timedelta
from io import FileIO
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.database import now
from cms.media import receiving, recovery
from cms.media.models import Upload, UploadStatus
from cms.media.receiving import KEPT_FOR, Busy, Gone, WrongOffset
from cms.media.storage import Storage
from cms.messages import InvalidInput
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

SIZE = 10


@pytest.fixture
def upload(factory: Factory, engine: Engine) -> Upload:
    """Four bytes of ten have arrived."""
    number = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", b"0123")
    with Session(engine, expire_on_commit=False) as session:
        found = session.get_one(Upload, number)
        found.size = SIZE
        receiving.begin(found, "editor@example.com", made_item=True)
        session.commit()
        return found


def send(storage: Storage, upload: Upload, start: int, *parts: bytes) -> int:
    path = storage.staging.path(upload.staged_name or "")
    return receiving.receive(path, start, upload.size, parts, lambda: None)


def bytes_of(storage: Storage, upload: Upload) -> bytes:
    return storage.staging.path(upload.staged_name or "").read_bytes()


def test_bytes_follow_those_that_are_there(storage: Storage, upload: Upload) -> None:
    assert receiving.offset(storage.staging, upload) == 4
    assert send(storage, upload, 4, b"45", b"6") == 7
    with pytest.raises(WrongOffset):
        send(storage, upload, 4, b"45")
    with pytest.raises(InvalidInput):
        send(storage, upload, 7, b"7", b"89X")
    assert receiving.offset(storage.staging, upload) == 8, "what was right stays"
    assert send(storage, upload, 8, b"89") == SIZE
    assert bytes_of(storage, upload) == b"0123456789"


def test_one_at_a_time(storage: Storage, upload: Upload) -> None:
    def meddling() -> Iterator[bytes]:
        yield b"4"
        with pytest.raises(Busy):
            send(storage, upload, 5, b"X")
        yield b"5"

    path = storage.staging.path(upload.staged_name or "")
    assert receiving.receive(path, 4, SIZE, meddling(), lambda: None) == 6
    assert bytes_of(storage, upload) == b"012345"


def test_what_was_written_before_a_fault_stays(
    storage: Storage, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(FileIO):
        """Takes two bytes of each write, until the disk is full."""

        def write(self, data: Any) -> int:
            if self.tell() >= 7:
                raise OSError(errno.ENOSPC, "no room")
            return super().write(data[:2])

    monkeypatch.setattr(receiving, "FileIO", Full)
    with pytest.raises(OSError, match="no room"):
        send(storage, upload, 4, b"456789")
    monkeypatch.undo()
    assert bytes_of(storage, upload) == b"01234567"
    assert send(storage, upload, 8, b"89") == SIZE


def test_a_whole_file_goes_to_the_workers(session: Session, storage: Storage, factory: Factory, upload: Upload) -> None:
    receiving.advance(session, upload.id, is_whole=False)
    assert session.get_one(Upload, upload.id).status == UploadStatus.RECEIVING
    receiving.advance(session, upload.id, is_whole=True)
    receiving.advance(session, upload.id, is_whole=True)
    session.commit()
    row = factory.upload_row(upload.id)
    assert (row.status, row.expires_at) == (UploadStatus.PENDING, None)
    assert row.next_send_at
    assert row.next_send_at > now()
    assert receiving.offset(storage.staging, row) == SIZE
    assert not receiving.cancel(session, upload.id)


def test_what_was_cancelled_takes_no_more(session: Session, storage: Storage, upload: Upload) -> None:
    assert receiving.cancel(session, upload.id)
    session.commit()
    with pytest.raises(Gone):
        receiving.advance(session, upload.id, is_whole=False)
    storage.discard(upload.staged_name or "")
    with pytest.raises(Gone):
        send(storage, upload, 4, b"4")


def swept(session: Session, storage: Storage) -> list[int]:
    receiving.settle(session, storage.staging)
    due = recovery.recover(session, 60)
    for name in recovery.unneeded_in_staging(session, storage.staging, 0):
        storage.discard(name)
    session.commit()
    return due


def test_a_request_that_died_before_its_commit_is_made_good(
    session: Session, storage: Storage, factory: Factory, upload: Upload
) -> None:
    assert swept(session, storage) == [], "it is not whole"
    assert bytes_of(storage, upload) == b"0123"
    send(storage, upload, 4, b"456789")
    assert swept(session, storage) == [upload.id]
    assert factory.upload_row(upload.id).status == UploadStatus.PENDING


@pytest.mark.parametrize(
    "expires_in", [-timedelta(seconds=1), 3 * KEPT_FOR], ids=["over", "before the clock went back"]
)
def test_what_has_rested_too_long_fails_in_words(
    session: Session, storage: Storage, factory: Factory, upload: Upload, expires_in: timedelta
) -> None:
    factory.change(upload, expires_at=now() + expires_in)
    with pytest.raises(Gone):
        receiving.offset(storage.staging, factory.upload_row(upload.id))

    def while_it_comes() -> Iterator[bytes]:
        swept(session, storage)
        assert factory.upload_row(upload.id).status == UploadStatus.RECEIVING
        yield b"4"

    path = storage.staging.path(upload.staged_name or "")
    receiving.receive(path, 4, SIZE, while_it_comes(), lambda: None)
    assert swept(session, storage) == []
    row = factory.upload_row(upload.id)
    assert (row.status, row.reason) == ("failed", "The file did not arrive completely. Please upload it again.")
    assert storage.staging.names() == []
    with pytest.raises(Gone):
        receiving.offset(storage.staging, row)


def test_bytes_that_are_gone_are_told(session: Session, storage: Storage, factory: Factory, upload: Upload) -> None:
    storage.discard(upload.staged_name or "")
    with pytest.raises(Gone):
        receiving.offset(storage.staging, upload)
    swept(session, storage)
    assert factory.upload_row(upload.id).status == UploadStatus.FAILED
