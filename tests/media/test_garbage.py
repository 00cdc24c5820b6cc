"""Bytes are removed when nothing has referred to them for the grace period."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from cms.database import Transactions, now
from cms.media import garbage
from cms.media.garbage import Removed
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.media.storage.local import LocalStore
from cms.pages.models import ContentItem, Page
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.collecting import GRACE, Collect, since, the_row

pytestmark = pytest.mark.both_databases


def test_what_an_item_shows_stays(engine: Engine, storage: Storage, shown: ContentItem, collect: Collect) -> None:
    assert collect() == collect(0) == []
    assert flow.files_on_disk(storage) == [the_row(engine).path]
    assert the_row(engine).unreferenced_since is None


def test_a_deleted_items_bytes_go_after_the_grace_period(
    factory: Factory, engine: Engine, storage: Storage, shown: ContentItem, collect: Collect, video_bytes: bytes
) -> None:
    flow.delete(engine, shown)
    assert collect() == [], "only marked"
    row = the_row(engine)
    assert row.unreferenced_since
    assert abs(now() - row.unreferenced_since) < timedelta(seconds=30)
    since(factory, engine, GRACE - 60)
    assert collect() == []
    assert on_disk(storage, row.path).read_bytes() == video_bytes
    since(factory, engine, GRACE + 1)
    assert collect() == [Removed(row.path, len(video_bytes), is_orphan=False)]
    assert (flow.media_rows(engine), flow.files_on_disk(storage)) == ([], [])
    assert collect() == []


def test_the_mark_is_set_once(factory: Factory, engine: Engine, shown: ContentItem, collect: Collect) -> None:
    flow.delete(engine, shown)
    collect()
    first = the_row(engine).unreferenced_since
    collect()
    assert the_row(engine).unreferenced_since == first


def test_without_grace_one_run_marks_and_collects(
    engine: Engine, storage: Storage, shown: ContentItem, collect: Collect
) -> None:
    flow.delete(engine, shown)
    assert len(collect(0)) == 1
    assert (flow.media_rows(engine), flow.files_on_disk(storage)) == ([], [])


def test_a_deleted_page_takes_its_items_and_leaves_their_bytes(
    engine: Engine, storage: Storage, factory: Factory, shown: ContentItem, collect: Collect
) -> None:
    with Session(engine) as session:
        session.delete(session.get_one(Page, shown.page_id))
        session.commit()
    assert factory.reload(shown) is None
    assert flow.files_on_disk(storage) == [the_row(engine).path]
    assert len(collect(0)) == 1


def test_bytes_that_another_item_shows_stay(
    factory: Factory, engine: Engine, storage: Storage, shown: ContentItem, video_bytes: bytes, collect: Collect
) -> None:
    other = factory.item(factory.page(), "video")
    flow.complete(engine, storage, factory.upload(other, "video", "b.mp4", video_bytes))
    flow.delete(engine, shown)
    assert collect(0) == []
    assert flow.shown(engine, other.id, "video") in flow.files_on_disk(storage)


def test_an_upload_remembers_that_it_was_completed_when_its_file_has_gone(
    factory: Factory, engine: Engine, storage: Storage, video_bytes: bytes, collect: Collect
) -> None:
    item = factory.item(factory.page(), "video")
    upload_id = factory.upload(item, "video", "a.mp4", video_bytes)
    flow.complete(engine, storage, upload_id)
    flow.delete(engine, item)
    collect(0)
    row = factory.upload_row(upload_id)
    assert (row.status, row.media_file_id) == (UploadStatus.COMPLETED, None)


def test_what_is_due_and_what_is_unreferenced_is_counted(
    factory: Factory, engine: Engine, shown: ContentItem, collect: Collect
) -> None:
    def counted() -> tuple[int, int, int]:
        with Session(engine) as session:
            due = garbage.count_due(session, GRACE), garbage.count_due(session, 0)
            return *due, garbage.count_unreferenced(session)

    factory.attached(factory.item(factory.page(), "video"), "video", factory.media_file())
    assert counted() == (0, 0, 0)
    flow.delete(engine, shown)
    assert counted() == (0, 1, 1), "not marked yet"
    collect()
    assert counted() == (0, 1, 1)
    marked = next(row for row in flow.media_rows(engine) if row.unreferenced_since)
    factory.change(marked, unreferenced_since=now() - timedelta(seconds=GRACE + 1))
    assert counted() == (1, 1, 1)


def test_a_mark_from_the_future_counts_from_now(
    factory: Factory, engine: Engine, shown: ContentItem, collect: Collect
) -> None:
    """The clock was set back."""
    flow.delete(engine, shown)
    since(factory, engine, -100 * GRACE)
    assert collect() == []
    marked = the_row(engine).unreferenced_since
    assert marked
    assert marked <= now()


def test_all_are_marked_in_however_many_steps(
    factory: Factory, engine: Engine, collect: Collect, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    steps: list[int] = []

    def note(_connection: object, cursor: Any, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE media_file"):
            steps.append(cursor.rowcount)

    event.listen(engine, "after_cursor_execute", note)
    request.addfinalizer(lambda: event.remove(engine, "after_cursor_execute", note))
    monkeypatch.setattr(garbage, "_WINDOW", 3)
    monkeypatch.setattr(garbage, "BATCH", 2)
    files = [factory.media_file() for _ in range(10)]
    factory.attached(factory.item(factory.page(), "video"), "video", files[4])
    collect()
    marked = [row.id for row in flow.media_rows(engine) if row.unreferenced_since]
    assert marked == [file.id for file in files if file is not files[4]]
    assert sum(steps) == 9
    assert max(steps) == 3, "a transaction keeps others waiting no longer than for a step"
    assert sorted(gone.path for gone in collect(0)) == sorted(file.path for file in files if file is not files[4])
    assert [row.id for row in flow.media_rows(engine)] == [files[4].id]


@pytest.mark.parametrize("grace", [0, GRACE])
def test_a_dry_run_says_what_would_go_and_touches_nothing(
    factory: Factory,
    engine: Engine,
    storage: Storage,
    shown: ContentItem,
    collect: Collect,
    queries: list[str],
    grace: int,
) -> None:
    flow.delete(engine, shown)
    if grace:
        since(factory, engine, GRACE + 1)
    on_disk(storage, "stray.mp4").write_bytes(b"?")
    queries.clear()
    would_go = collect(grace, dry_run=True)
    assert [query for query in queries if not query.startswith(("SELECT", "BEGIN"))] == []
    assert [gone.path for gone in would_go] == [the_row(engine).path] + (["stray.mp4"] if grace == 0 else [])
    assert len(flow.files_on_disk(storage)) == 2
    assert [gone.path for gone in collect(grace)] == [gone.path for gone in would_go]


def test_orphans_go_after_the_grace_period(
    storage: Storage, factory: Factory, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = factory.item(factory.page(), "video")
    kept = factory.media_file()
    factory.attached(item, "video", kept)
    strays = ["2026/01/02/video/stray-0123456789ab.mp4", "stray.bin", ".0123456789abcdef"]
    for stray in strays:
        on_disk(storage, stray).write_bytes(b"12345")
    assert collect() == []
    later = time.time() + 3700
    monkeypatch.setattr(time, "time", lambda: later)
    assert {(gone.path, gone.size, gone.is_orphan) for gone in collect()} == {(stray, 5, True) for stray in strays}
    assert flow.files_on_disk(storage) == [kept.path]


def test_a_file_that_cannot_be_removed_keeps_no_other(
    storage: Storage, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.bin", "b.bin", "c.bin"):
        on_disk(storage, name).write_bytes(b"12345")
    remove = LocalStore.delete

    def refuse(self: LocalStore, path: str) -> None:  # needed because root may remove everything
        if path == "b.bin":
            raise PermissionError(path)
        remove(self, path)

    monkeypatch.setattr(LocalStore, "delete", refuse)
    assert {gone.path for gone in collect(0)} == {"a.bin", "c.bin"}
    assert flow.files_on_disk(storage) == ["b.bin"]


def test_a_run_that_died_between_row_and_file_leaves_an_orphan_that_a_later_one_removes(
    engine: Engine, storage: Storage, shown: ContentItem, transaction: Transactions, collect: Collect
) -> None:
    class Killed(BaseException):
        pass

    @contextmanager
    def dies() -> Iterator[Session]:
        with transaction() as session:
            yield session
        if not flow.media_rows(engine):
            raise Killed

    flow.delete(engine, shown)
    with pytest.raises(Killed):
        list(garbage.collect(dies, storage.media, 0))
    [left] = flow.files_on_disk(storage)
    assert [(gone.path, gone.is_orphan) for gone in collect(0)] == [(left, True)]
    assert flow.files_on_disk(storage) == []
