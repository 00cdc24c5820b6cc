"""A store that cannot be reached or read says nothing about its files, so no row is changed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.database import Transactions, now
from cms.media import folder_marks, integrity
from cms.media.integrity import RateLimiter, Verified
from cms.media.models import MediaFault, MediaFile
from cms.media.storage import Storage
from cms.media.storage.store import MediaStore
from tests.disk import on_disk
from tests.factories import Factory
from tests.media.storage.objects import Bucket, ObjectStore

pytestmark = pytest.mark.both_databases


@pytest.fixture
def verify(transaction: Transactions) -> Callable[[MediaStore], list[Verified]]:
    return lambda store: list(integrity.verify(transaction, store, RateLimiter(0)))


@pytest.fixture
def file(factory: Factory) -> MediaFile:
    return factory.media_file(b"bytes")


@pytest.fixture
def objects(file: MediaFile) -> ObjectStore:
    store = ObjectStore(Bucket())
    store.put(file.path, BytesIO(b"bytes"))
    return store


@pytest.mark.parametrize("request_", ["HEAD", "GET"])
@pytest.mark.parametrize("known", [None, MediaFault.DAMAGED, MediaFault.MISSING])
def test_a_store_that_cannot_be_reached_leaves_rows_as_they_were(
    factory: Factory,
    objects: ObjectStore,
    file: MediaFile,
    verify: Callable[[MediaStore], list[Verified]],
    request_: str,
    known: MediaFault | None,
) -> None:
    factory.change(file, fault=known)
    objects.bucket.unanswered = {request_}
    assert verify(objects) == [Verified(file.path, 5, None, is_unread=True)]
    assert (factory.reload(file).fault, factory.reload(file).verified_at) == (known, None)
    objects.bucket.unanswered = set()
    assert verify(objects) == [Verified(file.path, 5, None)]
    assert (factory.reload(file).fault, factory.reload(file).verified_at is None) == (None, False)


def test_a_store_that_goes_while_a_file_is_read_is_no_fault_of_it(
    factory: Factory,
    objects: ObjectStore,
    file: MediaFile,
    verify: Callable[[MediaStore], list[Verified]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = integrity.read_digest

    def reads(*args: Any) -> str:
        objects.bucket.unanswered = {"HEAD"}
        return real(*args)[::-1]

    monkeypatch.setattr(integrity, "read_digest", reads)
    assert [found.is_unread for found in verify(objects)] == [True]
    assert factory.reload(file).verified_at is None


def test_one_file_that_is_not_read_keeps_no_other_waiting(
    factory: Factory,
    objects: ObjectStore,
    file: MediaFile,
    verify: Callable[[MediaStore], list[Verified]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = factory.media_file(b"missing")
    real = objects.stat
    monkeypatch.setattr(objects, "stat", lambda path: raise_(errno.ECONNRESET) if path == file.path else real(path))
    assert [(found.path, found.fault, found.is_unread) for found in verify(objects)] == [
        (file.path, None, True),
        (missing.path, MediaFault.MISSING, False),
    ]


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOTCONN, errno.ESTALE, errno.ETIMEDOUT])
def test_a_folder_that_other_machines_share_may_be_away(
    factory: Factory,
    storage: Storage,
    file: MediaFile,
    verify: Callable[[MediaStore], list[Verified]],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    monkeypatch.setattr(storage.media.__class__, "open", lambda *_, **__: raise_(number))
    assert [found.is_unread for found in verify(storage.media)] == [True]
    assert factory.reload(file).verified_at is None


def test_what_cannot_be_opened_as_it_is_gone_is_missing(
    storage: Storage,
    file: MediaFile,
    verify: Callable[[MediaStore], list[Verified]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage.media.__class__, "open", lambda *_, **__: raise_(errno.ENOENT))
    assert verify(storage.media) == [Verified(file.path, 5, MediaFault.MISSING)]


@pytest.mark.parametrize("is_folder_there", [False, True])
def test_a_disk_that_is_not_mounted_misses_no_file(
    factory: Factory,
    storage: Storage,
    engine: Engine,
    file: MediaFile,
    verify: Callable[[MediaStore], list[Verified]],
    is_folder_there: bool,
) -> None:
    with Session(engine) as session:
        folder_marks.ensure(session, storage)
        session.commit()
    root = on_disk(storage)
    away = root.rename(root.with_name("unmounted"))
    if is_folder_there:
        root.mkdir()
    try:
        factory.change(file, verified_at=None)
        assert verify(storage.media) == [Verified(file.path, 5, None, is_unread=True)]
        assert (factory.reload(file).fault, factory.reload(file).verified_at) == (None, None)
    finally:
        if is_folder_there:
            root.rmdir()
        away.rename(root)
    on_disk(storage, file.path).unlink()
    assert verify(storage.media) == [Verified(file.path, 5, MediaFault.MISSING)]
    assert factory.reload(file).verified_at <= now()


def raise_(number: int) -> Any:
    raise OSError(number, os.strerror(number))
