"""A worker's work on a derivative, and what it leaves when something goes wrong."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from cms import leases
from cms.database import Transactions
from cms.media.derivatives import deriving, garbage, isolation, working
from cms.media.derivatives.models import PATH, Derivative, DerivativeStatus
from cms.media.derivatives.recipe import Made, Progress
from cms.media.derivatives.recipes import poster
from cms.media.models import MediaFile
from cms.media.storage import Storage
from cms.pages.models import ContentItem
from tests.disk import derived_on_disk, on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.derivatives.conftest import Rows, Work, recover, rested

pytestmark = pytest.mark.both_databases

PENDING, READY = DerivativeStatus.PENDING, DerivativeStatus.READY
SKIPPED, FAILED = DerivativeStatus.SKIPPED, DerivativeStatus.FAILED


def files(storage: Storage) -> set[str]:
    root = derived_on_disk(storage)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def named(row: Derivative | None) -> set[str]:
    return {file["path"] for file in (row and row.files) or ()}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Make the poster recipe raise an exception."""

    def fail(error: BaseException) -> None:
        def make(source: Path, folder: Path, progress: Progress) -> Made:
            (folder / "half").write_bytes(b"half")
            raise error

        monkeypatch.setattr(poster, "make", make)

    return fail


def test_a_poster_is_made_and_nothing_else_is_left(
    film: ContentItem, storage: Storage, work: Work, media_file: Callable[[], MediaFile]
) -> None:
    row = work("poster")
    assert row
    assert (row.status, row.progress, row.reason, row.lease_token) == (READY, 100, None, None)
    assert row.facts == {"second": 0.0, "is_good": False}
    assert named(row) == files(storage)
    assert all(PATH.fullmatch(path) for path in named(row))
    assert row.size == sum(derived_on_disk(storage, path).stat().st_size for path in named(row))
    assert list(storage.making.iterdir()) == []
    assert media_file().derived == {"poster": deriving.shown(row.files or [])}


def test_a_second_delivery_finds_nothing_to_do(film: ContentItem, storage: Storage, work: Work) -> None:
    first = work("poster")
    again = work("poster")
    assert first
    assert again
    assert (again.files, again.attempts) == (first.files, 1)
    assert named(again) == files(storage)


def test_a_row_that_is_gone_is_none_of_its_business(app: Flask, storage: Storage, engine: Engine) -> None:
    with Session(engine) as session:
        working.work(session, 12345, storage, None)


def test_nothing_to_make_is_no_failure(
    factory: Factory, engine: Engine, storage: Storage, media_files: dict[str, Path], work: Work
) -> None:
    item = factory.item(factory.page(), "audio")
    flow.complete(engine, storage, factory.upload(item, "audio", "a.mp3", media_files["sound.mp3"].read_bytes()))
    row = work("cover")
    assert row
    assert (row.status, row.reason, row.files) == (SKIPPED, "The recording has no cover.", None)


def test_a_fault_is_tried_again_and_then_told(
    film: ContentItem, factory: Factory, storage: Storage, work: Work, failing: Callable[[BaseException], None]
) -> None:
    failing(OSError(errno.EIO, "the disk"))
    for attempt in range(1, deriving.RETRIES.max_attempts):
        row = work("poster")
        assert row
        assert (row.status, row.attempts) == (PENDING, attempt)
        rested(factory, row)
    row = work("poster")
    assert row
    assert (row.status, row.reason) == (FAILED, "Something went wrong while this was being made.")
    assert files(storage) == set()
    assert list(storage.making.iterdir()) == []


def test_a_fault_of_the_program_is_told_at_once(
    film: ContentItem, work: Work, failing: Callable[[BaseException], None]
) -> None:
    failing(ZeroDivisionError())
    row = work("poster")
    assert row
    assert (row.status, row.attempts) == (FAILED, 1)
    assert row.reason == "The program failed on this file. The site's log says why."


def test_a_disk_that_is_full_while_it_is_published(
    film: ContentItem, factory: Factory, storage: Storage, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patched:
        patched.setattr(type(storage.derived), "_publish", full)
        row = work("poster")
    assert row
    assert (row.status, row.reason, files(storage)) == (PENDING, "The disk is full.", set())
    rested(factory, row)
    row = work("poster")
    assert row
    assert named(row) == files(storage) != set()


def test_no_more_is_made_than_there_is_room_for(
    film: ContentItem, storage: Storage, engine: Engine, work: Work, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = work("poster", most_bytes=0)
    assert row
    assert (row.status, "DERIVED_MAX_GB" in (row.reason or "")) == (FAILED, True)
    with Session(engine) as session:
        deriving.retry(session, session.get_one(Derivative, row.id))
        session.commit()
    monkeypatch.setattr(working, "RESERVE", shutil.disk_usage(derived_on_disk(storage)).total)
    row = work("poster", most_bytes=10**9)
    assert row
    assert (row.status, row.reason) == (FAILED, "The disk is almost full.")


def test_a_source_that_is_missing_is_a_fault(film: ContentItem, storage: Storage, engine: Engine, work: Work) -> None:
    [file] = flow.media_rows(engine)
    on_disk(storage, file.path).unlink()
    row = work("poster")
    assert row
    assert row.status == PENDING


def test_a_source_that_is_removed_meanwhile_leaves_nothing(
    film: ContentItem, storage: Storage, engine: Engine, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = isolation.run

    def run(*args: Any) -> Made:
        made = real(*args)
        flow.delete(engine, film)
        flow.delete(engine, flow.media_rows(engine)[0])
        return made

    monkeypatch.setattr(isolation, "run", run)
    assert work("poster") is None
    assert files(storage) == set()
    assert list(storage.making.iterdir()) == []


def test_a_worker_that_has_lost_its_claim_leaves_the_row_alone(
    film: ContentItem, storage: Storage, engine: Engine, rows: Rows, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(make: Any, limits: Any, beat: Callable[[float], None], *_more: Any) -> Made:
        with Session(engine) as session:
            deriving.cancel(session, session.get_one(Derivative, rows()["poster"].id))
            session.commit()
        beat.__self__._next = 0  # type: ignore[attr-defined]  # the next heartbeat is due
        beat(50)
        raise AssertionError("the claim is lost")

    monkeypatch.setattr(isolation, "run", run)
    row = work("poster")
    assert row
    assert row.status == SKIPPED
    assert files(storage) == set()


def test_its_progress_is_written_and_its_lease_extended(
    film: ContentItem, rows: Rows, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def run(make: Any, limits: Any, beat: Callable[[float], None], *_more: Any) -> Made:
        for percent in (0.0, 41.6):
            beat.__self__._next = 0  # type: ignore[attr-defined]
            beat(percent)
            row = rows()["poster"]
            assert row.lease_until
            seen.append(row.progress)
        raise OSError("enough")

    monkeypatch.setattr(isolation, "run", run)
    work("poster")
    assert seen == [0, 42]


def test_what_dead_workers_have_left_is_found(film: ContentItem, storage: Storage, engine: Engine, rows: Rows) -> None:
    with Session(engine) as session:
        claim = leases.claim(session, Derivative, rows()["poster"].id, -1, deriving.RETRIES)
        session.commit()
        assert claim
        folder = storage.making / f"{claim.row_id}-{claim.token}"
        folder.mkdir(parents=True)
        assert working.left_folders(session, storage) == []
        session.rollback()
        recover(engine)
        assert working.left_folders(session, storage) == [folder]


def test_files_that_no_row_names_are_collected(
    film: ContentItem,
    storage: Storage,
    engine: Engine,
    rows: Rows,
    work: Work,
    transaction: Transactions,
) -> None:
    first = named(work("poster"))
    stranger = derived_on_disk(storage, "notes.txt")
    stranger.write_text("somebody else's")
    assert list(garbage.collect(transaction, storage.derived)) == []
    with Session(engine) as session:
        deriving.retry(session, session.get_one(Derivative, rows()["poster"].id))
        session.commit()
    second = named(work("poster"))
    assert {file.path for file in garbage.collect(transaction, storage.derived)} == first
    assert files(storage) == second | {"notes.txt"}
    flow.delete(engine, film)
    flow.delete(engine, flow.media_rows(engine)[0])
    with Session(engine) as session:
        assert session.scalar(select(func.count(Derivative.id))) == 0
    assert {file.path for file in garbage.collect(transaction, storage.derived)} == second
    assert files(storage) == {"notes.txt"}
    stranger.unlink()


def test_a_file_that_takes_its_place_meanwhile_stays(
    film: ContentItem, storage: Storage, engine: Engine, work: Work, transaction: Transactions, monkeypatch: Any
) -> None:
    """Garbage collection finds a file before the row that names it is committed."""
    real, calls = garbage._unnamed, []

    def unnamed(session: Any, found: Any, *, lock: bool = False) -> Any:
        calls.append(lock)
        return real(session, found, lock=lock) if lock else list(found)

    work("poster")
    monkeypatch.setattr(garbage, "_unnamed", unnamed)
    assert list(garbage.collect(transaction, storage.derived)) == []
    assert calls == [False, True, True]
