"""Stored files are hashed again: missing and damaged ones are found, and no others are reported."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.database import Transactions, now
from cms.media import integrity
from cms.media.integrity import RateLimiter, Verified
from cms.media.models import MediaFault
from cms.media.storage import Storage
from cms.media.storage.store import Readable
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow

pytestmark = pytest.mark.both_databases

Verify = Callable[..., list[Verified]]


@pytest.fixture
def verify(transaction: Transactions, storage: Storage) -> Verify:
    return lambda limiter=None, **options: list(
        integrity.verify(transaction, storage.media, limiter or RateLimiter(0), **options)
    )


def flip(path: Path) -> None:
    """Damage a file without changing its size or modification time."""
    data, stat = bytearray(path.read_bytes()), path.stat()
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (lambda path: None, None),
        (flip, MediaFault.DAMAGED),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), MediaFault.DAMAGED),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), MediaFault.DAMAGED),
        (lambda path: path.write_bytes(b""), MediaFault.DAMAGED),
        (lambda path: path.unlink(), MediaFault.MISSING),
        (lambda path: (path.unlink(), path.mkdir()), MediaFault.DAMAGED),
        (lambda path: (path.unlink(), path.parent.rmdir(), path.parent.touch()), MediaFault.MISSING),
    ],
    ids=["none", "flipped", "cut", "grown", "emptied", "removed", "a folder", "a file for a folder"],
)
def test_what_is_wrong_with_a_file_is_found_and_noted(
    factory: Factory, storage: Storage, verify: Verify, harm: Callable[[Path], Any], fault: MediaFault | None
) -> None:
    file = factory.media_file(b"bytes" * 1000)
    harm(on_disk(storage, file.path))
    assert verify() == [Verified(file.path, 5000, fault)]
    row = factory.reload(file)
    assert row.fault == fault
    assert abs(now() - row.verified_at) < timedelta(seconds=30)


def test_a_file_that_is_whole_again_is_without_fault(factory: Factory, storage: Storage, verify: Verify) -> None:
    file = factory.media_file(b"bytes")
    on_disk(storage, file.path).unlink()
    verify()
    on_disk(storage, file.path).write_bytes(b"bytes")
    verify()
    assert factory.reload(file).fault is None


def test_a_disk_that_fails_while_it_reads_is_a_damaged_file(
    factory: Factory, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> str:
        raise OSError(errno.EIO, "a bad sector")

    file = factory.media_file()
    monkeypatch.setattr(integrity, "read_digest", fails)
    assert [found.fault for found in verify()] == [MediaFault.DAMAGED]
    assert factory.reload(file).fault == MediaFault.DAMAGED


def test_a_dry_run_writes_nothing(
    factory: Factory, storage: Storage, engine: Engine, verify: Verify, queries: list[str]
) -> None:
    file = factory.media_file()
    on_disk(storage, file.path).unlink()
    queries.clear()
    assert [found.fault for found in verify(dry_run=True)] == [MediaFault.MISSING]
    assert [query for query in queries if not query.startswith(("SELECT", "BEGIN"))] == []
    row = factory.reload(file)
    assert (row.verified_at, row.fault) == (None, None)


def test_the_longest_unverified_come_first(factory: Factory, verify: Verify, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrity, "BATCH", 2)
    files = [factory.media_file() for _ in range(9)]
    moment = now()
    days = [3, None, 5, -2, 1, None, 5, -1, None]
    for file, ago in zip(files, days, strict=True):
        factory.change(file, verified_at=None if ago is None else moment - timedelta(days=ago))
    order = [files.index(next(file for file in files if file.path == found.path)) for found in verify()]
    assert order == [3, 7, 1, 5, 8, 2, 6, 0, 4], "the future (a clock set back) first, then never, then the oldest"


@pytest.mark.parametrize("dry_run", [False, True])
def test_many_files_are_each_verified_once(
    factory: Factory, verify: Verify, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    monkeypatch.setattr(integrity, "BATCH", 3)
    files = [factory.media_file() for _ in range(10)]
    for file in files[:4]:
        factory.change(file, verified_at=now() - timedelta(days=1))
    for file in files[4:7]:
        factory.change(file, verified_at=now() + timedelta(seconds=2))
    assert sorted(found.path for found in verify(dry_run=dry_run)) == sorted(file.path for file in files)


def test_a_clock_that_is_set_back_while_it_runs_does_not_keep_it_running(
    factory: Factory, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [factory.media_file() for _ in range(3)]
    for file in files:
        factory.change(file, verified_at=now() - timedelta(days=1))
    moments = iter([now()])
    monkeypatch.setattr(integrity, "now", lambda: next(moments, now() - timedelta(hours=5)))
    assert len(verify()) == 3


def test_what_was_verified_lately_can_be_left_out(factory: Factory, verify: Verify) -> None:
    late, old = factory.media_file(), factory.media_file()
    factory.change(late, verified_at=now() - timedelta(hours=1))
    factory.change(old, verified_at=now() - timedelta(hours=3))
    assert [found.path for found in verify(before=now() - timedelta(hours=2))] == [old.path]


def test_a_run_that_is_broken_off_goes_on_where_it_stopped(
    factory: Factory, storage: Storage, transaction: Transactions
) -> None:
    files = [factory.media_file() for _ in range(4)]
    before = now()

    def some(count: int) -> list[str]:
        run = integrity.verify(transaction, storage.media, RateLimiter(0), before=before)
        return [found.path for _, found in zip(range(count), run, strict=False)]

    assert some(2) + some(10) == [file.path for file in files]
    assert some(10) == []


def test_no_transaction_is_open_while_bytes_are_read(
    factory: Factory, engine: Engine, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory.media_file()
    real, seen = integrity.read_digest, []

    def reads(*args: Any) -> str:
        seen.append(engine.pool.checkedout())  # type: ignore[attr-defined]
        return real(*args)

    monkeypatch.setattr(integrity, "read_digest", reads)
    verify()
    assert seen == [0]


@pytest.mark.parametrize("meanwhile", ["put back", "collected"])
def test_what_changes_while_it_is_read_is_not_judged(
    factory: Factory, storage: Storage, engine: Engine, verify: Verify, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    file = factory.media_file(b"good bytes")
    flip(on_disk(storage, file.path))
    real = integrity.read_digest

    def reads(opened: Readable, after: Callable[[int], None]) -> str:
        digest = real(opened, after)
        if meanwhile == "put back":
            storage.media.put_file(file.path, storage.staging.path(factory.staged(b"good bytes")))
        else:
            flow.delete(engine, file)
            storage.media.delete(file.path)
        return digest

    monkeypatch.setattr(integrity, "read_digest", reads)
    assert verify() == []
    if meanwhile == "put back":
        assert factory.reload(file).fault is None
        monkeypatch.undo()
        assert verify() == [Verified(file.path, 10, None)]


def test_what_goes_missing_by_being_collected_is_no_fault(
    factory: Factory, storage: Storage, engine: Engine, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row and the file are removed after the batch was selected."""
    file = factory.media_file()
    real = integrity._look

    def look(*args: Any) -> Any:
        flow.delete(engine, file)
        storage.media.delete(file.path)
        return real(*args)

    monkeypatch.setattr(integrity, "_look", look)
    assert verify() == []


@pytest.mark.parametrize("fault", [MediaFault.DAMAGED, MediaFault.MISSING])
def test_the_same_bytes_uploaded_again_heal_what_is_known_to_be_wrong(
    engine: Engine, storage: Storage, factory: Factory, verify: Verify, media_files: dict[str, Path], fault: MediaFault
) -> None:
    film = media_files["video.mp4"].read_bytes()
    page = factory.page()
    flow.complete(engine, storage, factory.upload(factory.item(page, "video"), "video", "a.mp4", film))
    [row] = flow.media_rows(engine)
    flip(on_disk(storage, row.path)) if fault == MediaFault.DAMAGED else on_disk(storage, row.path).unlink()
    verify()
    assert factory.reload(row).fault == fault
    again = flow.complete(engine, storage, factory.upload(factory.item(page, "video"), "video", "b.mp4", film))
    assert again.is_duplicate
    healed = factory.reload(row)
    assert (healed.fault, healed.path) == (None, row.path)
    assert on_disk(storage, row.path).read_bytes() == film
    assert [found.fault for found in verify()] == [None]


def test_reading_keeps_to_its_rate_and_tells_each_part(
    factory: Factory, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    parts: list[int] = []
    factory.media_file(b"x" * (9 * 2**20))
    factory.media_file(b"y" * (3 * 2**20))
    limiter = RateLimiter(2**20, parts.append)
    verify(limiter)
    assert parts == [4 * 2**20, 4 * 2**20, 2**20, 3 * 2**20]
    assert limiter.bytes == 12 * 2**20
    assert clock[0] == pytest.approx(112), "12 MiB at 1 MiB/s"


def test_after_a_long_wait_reading_does_not_race(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    limiter = RateLimiter(2**20)
    clock[0] += 3600
    for _ in range(10):
        limiter(2**20)
    assert clock[0] == pytest.approx(100 + 3600 + 9), "a second's worth is made up for"


def test_the_rate_is_that_of_the_clock_on_the_wall(factory: Factory, verify: Verify) -> None:
    factory.media_file(b"x" * 2**20)
    begun = time.monotonic()
    verify(RateLimiter(4 * 2**20))
    assert time.monotonic() - begun >= 0.25


def test_what_is_to_be_read_is_added_up(factory: Factory, session: Session) -> None:
    assert integrity.stored_bytes(session) == 0
    session.rollback()
    for size in (5, 70):
        factory.media_file(b"x" * size)
    assert integrity.stored_bytes(session) == 75
