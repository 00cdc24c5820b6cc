"""The tasks: every upload is finished, whatever happens, and the broker may be down."""

from __future__ import annotations

import errno
import json
import os
import signal
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine, event

from cms import tasks
from cms.database import now
from cms.media import inspection, uploads
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.media.storage.local import LocalStore
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.servers import RedisServer

pytestmark = pytest.mark.both_databases

QUEUE = "mediafold"


@pytest.fixture
def run(app: Flask) -> Callable[[int], None]:
    """Run an upload's task in this process, as a worker does."""

    def work(upload_id: int) -> None:
        with app.app_context():
            tasks.process_upload.run(upload_id)

    return work


def sent(redis: Redis) -> list[int]:
    """The uploads whose tasks wait in the broker."""
    messages = [json.loads(message) for message in redis.lrange(QUEUE, 0, -1)]
    return [json.loads(b64decode(message["body"]))[0][0] for message in messages]


def test_an_upload_is_completed_and_its_staged_copy_gone(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes, upload_id: int, run: Callable[[int], None]
) -> None:
    run(upload_id)
    assert factory.upload_row(upload_id).status == UploadStatus.COMPLETED
    assert storage.staging.names() == []
    [row] = flow.media_rows(engine)
    assert on_disk(storage, row.path).read_bytes() == video_bytes


def test_a_wrong_file_fails_and_its_staged_copy_is_gone(
    storage: Storage, factory: Factory, run: Callable[[int], None]
) -> None:
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", b"no film")
    run(upload_id)
    row = factory.upload_row(upload_id)
    assert (row.status, row.attempts) == (UploadStatus.FAILED, 1)
    assert row.reason
    assert storage.staging.names() == []


def test_a_passing_fault_keeps_the_bytes_and_the_next_attempt_succeeds(
    engine: Engine,
    storage: Storage,
    factory: Factory,
    upload_id: int,
    run: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as fault:
        fault.setattr(LocalStore, "_publish", full)
        run(upload_id)
    row = factory.upload_row(upload_id)
    assert (row.status, row.reason) == (UploadStatus.PENDING, "The disk is full.")
    assert len(storage.staging.names()) == 1
    flow.rest(engine, upload_id)
    run(upload_id)
    assert factory.upload_row(upload_id).status == UploadStatus.COMPLETED


def test_bytes_that_were_kept_for_a_retry_stay_after_the_last_attempt(
    engine: Engine,
    storage: Storage,
    factory: Factory,
    upload_id: int,
    run: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(LocalStore, "_publish", broken)
    for attempt in range(uploads.RETRIES.max_attempts + 1):
        for _ in range(3):  # delivering the task again must not matter
            run(upload_id)
        assert factory.upload_row(upload_id).attempts == min(attempt + 1, uploads.RETRIES.max_attempts)
        flow.rest(engine, upload_id)
    row = factory.upload_row(upload_id)
    assert (row.status, row.can_retry, row.attempts) == (UploadStatus.FAILED, True, uploads.RETRIES.max_attempts)
    assert len(storage.staging.names()) == 1


@pytest.fixture
def synced(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many transactions were open at each sync of bytes or names."""
    counts: list[int] = []
    ends = {"begin": 1, "commit": -1, "rollback": -1}
    changes: list[int] = []
    listeners = {name: lambda _connection, change=change: changes.append(change) for name, change in ends.items()}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (counts.append(sum(changes)), real(file))[1])
    yield counts
    for name, listener in listeners.items():
        event.remove(engine, name, listener)


def test_bytes_are_made_durable_while_nobody_waits_for_the_database(
    factory: Factory, upload_id: int, run: Callable[[int], None], synced: list[int]
) -> None:
    run(upload_id)
    assert factory.upload_row(upload_id).status == UploadStatus.COMPLETED
    assert synced[:2] == [0, 1], "the second time there is nothing left to write"


def test_bytes_that_are_known_are_not_written_again(
    factory: Factory, video_bytes: bytes, upload_id: int, run: Callable[[int], None], synced: list[int]
) -> None:
    run(upload_id)
    synced.clear()
    again = factory.upload(factory.item(factory.page(), "video"), "video", "b.mp4", video_bytes)
    run(again)
    assert factory.upload_row(again).is_duplicate
    assert synced == []


def test_bytes_that_are_known_to_be_damaged_are_written_again(
    engine: Engine,
    storage: Storage,
    factory: Factory,
    video_bytes: bytes,
    upload_id: int,
    run: Callable[[int], None],
    synced: list[int],
) -> None:
    run(upload_id)
    synced.clear()
    [row] = flow.media_rows(engine)
    factory.change(row, fault="damaged")
    run(factory.upload(factory.item(factory.page(), "video"), "video", "b.mp4", video_bytes))
    assert synced[:2] == [0, 1]
    assert factory.reload(row).fault is None


def test_a_second_delivery_does_nothing(factory: Factory, upload_id: int, run: Callable[[int], None]) -> None:
    run(upload_id)
    before = factory.upload_row(upload_id).updated_at
    run(upload_id)
    run(10**6)
    row = factory.upload_row(upload_id)
    assert (row.attempts, row.updated_at) == (1, before)


def test_a_worker_that_lost_its_claim_leaves_everything_alone(
    engine: Engine,
    storage: Storage,
    factory: Factory,
    upload_id: int,
    run: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = inspection.inspect

    def slow(*args: object) -> object:
        found = real(*args)  # type: ignore[arg-type]
        factory.change(factory.upload_row(upload_id), lease_token="somebody else's")
        return found

    monkeypatch.setattr(inspection, "inspect", slow)
    run(upload_id)
    assert factory.upload_row(upload_id).status == UploadStatus.PROCESSING
    assert len(storage.staging.names()) == 1
    assert flow.files_on_disk(storage) == []


def test_recovery_sends_lost_tasks_again(app: Flask, redis: Redis, factory: Factory, upload_id: int) -> None:
    with app.app_context():
        tasks.sweep.run()
        assert sent(redis) == []
        factory.change(factory.upload_row(upload_id), next_send_at=now() - timedelta(seconds=1))
        tasks.sweep.run()
    assert sent(redis) == [upload_id]


def test_with_the_broker_away_the_upload_waits(
    app: Flask, redis: Redis, redis_server: RedisServer, factory: Factory, upload_id: int
) -> None:
    redis_server.stop(signal.SIGKILL)
    try:
        with app.app_context():
            tasks.send_upload(upload_id)
    finally:
        redis_server.start()
    assert factory.upload_row(upload_id).status == UploadStatus.PENDING
    with app.app_context():
        tasks.send_upload(upload_id)
    assert sent(redis) == [upload_id]
