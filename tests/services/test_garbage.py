"""Bytes go when nothing has referred to them for the grace period; never while something does, whoever races whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from cms.models import Attachment, ContentItem, MediaFile, Page, UploadStatus, now
from cms.services import garbage, uploads
from cms.services.garbage import Removed
from cms.services.storage import Storage
from cms.services.transactions import Transactions
from tests.factories import Made
from tests.services import uploading as flow

pytestmark = pytest.mark.both_databases

GRACE = 1000
Collect = Callable[..., list[Removed]]


@pytest.fixture
def transaction(engine: Engine) -> Transactions:
    return sessionmaker(engine, expire_on_commit=False).begin


@pytest.fixture
def collect(transaction: Transactions, storage: Storage) -> Collect:
    return lambda grace=GRACE, **options: list(garbage.collect(transaction, storage, grace, **options))


@pytest.fixture
def film(media_files: dict[str, Path]) -> bytes:
    return media_files["video.mp4"].read_bytes()


@pytest.fixture
def other_film(media_files: dict[str, Path]) -> bytes:
    return media_files["video.webm"].read_bytes()


@pytest.fixture
def shown(made: Made, engine: Engine, storage: Storage, film: bytes) -> ContentItem:
    """An item that shows the film."""
    item = made.item(made.page(), "video")
    flow.complete(engine, storage, made.upload(item, "video", "a.mp4", film))
    return item


def the_row(engine: Engine) -> MediaFile:
    [row] = flow.media_rows(engine)
    return row


def since(made: Made, engine: Engine, ago: float) -> None:
    made.change(the_row(engine), unreferenced_since=now() - timedelta(seconds=ago))


# Marked, kept, collected


def test_what_an_item_shows_stays(engine: Engine, storage: Storage, shown: ContentItem, collect: Collect) -> None:
    assert collect() == collect(0) == []
    assert flow.files_on_disk(storage) == [the_row(engine).path]
    assert the_row(engine).unreferenced_since is None


def test_a_deleted_items_bytes_go_after_the_grace_period(
    made: Made, engine: Engine, storage: Storage, shown: ContentItem, collect: Collect, film: bytes
) -> None:
    flow.delete(engine, shown)
    assert collect() == [], "only marked"
    row = the_row(engine)
    assert row.unreferenced_since
    assert abs(now() - row.unreferenced_since) < timedelta(seconds=30)
    since(made, engine, GRACE - 60)
    assert collect() == []
    assert storage.media(row.path).read_bytes() == film
    since(made, engine, GRACE + 1)
    assert collect() == [Removed(row.path, len(film), is_orphan=False)]
    assert (flow.media_rows(engine), flow.files_on_disk(storage)) == ([], [])
    assert collect() == []


def test_the_mark_is_set_once(made: Made, engine: Engine, shown: ContentItem, collect: Collect) -> None:
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
    engine: Engine, storage: Storage, made: Made, shown: ContentItem, collect: Collect
) -> None:
    with Session(engine) as session:
        session.delete(session.get_one(Page, shown.page_id))
        session.commit()
    assert made.now_is(shown) is None
    assert flow.files_on_disk(storage) == [the_row(engine).path]
    assert len(collect(0)) == 1


def test_bytes_that_another_item_shows_stay(
    made: Made, engine: Engine, storage: Storage, shown: ContentItem, film: bytes, collect: Collect
) -> None:
    other = made.item(made.page(), "video")
    flow.complete(engine, storage, made.upload(other, "video", "b.mp4", film))
    flow.delete(engine, shown)
    assert collect(0) == []
    assert flow.shown(engine, other.id, "video") in flow.files_on_disk(storage)


def test_an_upload_remembers_that_it_was_completed_when_its_file_has_gone(
    made: Made, engine: Engine, storage: Storage, film: bytes, collect: Collect
) -> None:
    item = made.item(made.page(), "video")
    upload_id = made.upload(item, "video", "a.mp4", film)
    flow.complete(engine, storage, upload_id)
    flow.delete(engine, item)
    collect(0)
    row = made.upload_row(upload_id)
    assert (row.status, row.media_file_id) == (UploadStatus.COMPLETED, None)


def test_a_mark_from_the_future_counts_from_now(
    made: Made, engine: Engine, shown: ContentItem, collect: Collect
) -> None:
    """The clock was set back."""
    flow.delete(engine, shown)
    since(made, engine, -100 * GRACE)
    assert collect() == []
    marked = the_row(engine).unreferenced_since
    assert marked
    assert marked <= now()


def test_all_are_marked_in_however_many_steps(
    made: Made, engine: Engine, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(garbage, "_WINDOW", 3)
    monkeypatch.setattr(garbage, "BATCH", 2)
    files = [made.media_file() for _ in range(10)]
    made.attached(made.item(made.page(), "video"), "video", files[4])
    collect()
    marked = [row.id for row in flow.media_rows(engine) if row.unreferenced_since]
    assert marked == [file.id for file in files if file is not files[4]]
    assert sorted(gone.path for gone in collect(0)) == sorted(file.path for file in files if file is not files[4])
    assert [row.id for row in flow.media_rows(engine)] == [files[4].id]


@pytest.mark.parametrize("grace", [0, GRACE])
def test_a_dry_run_says_what_would_go_and_touches_nothing(
    made: Made, engine: Engine, storage: Storage, shown: ContentItem, collect: Collect, queries: list[str], grace: int
) -> None:
    flow.delete(engine, shown)
    if grace:
        since(made, engine, GRACE + 1)
    storage.media("stray.mp4").write_bytes(b"?")
    queries.clear()
    would_go = collect(grace, dry_run=True)
    assert [query for query in queries if not query.startswith(("SELECT", "BEGIN"))] == []
    assert [gone.path for gone in would_go] == [the_row(engine).path] + (["stray.mp4"] if grace == 0 else [])
    assert len(flow.files_on_disk(storage)) == 2
    assert [gone.path for gone in collect(grace)] == [gone.path for gone in would_go]


def test_orphans_go_after_the_grace_period(
    storage: Storage, made: Made, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = made.item(made.page(), "video")
    kept = made.media_file()
    made.attached(item, "video", kept)
    strays = ["2026/01/02/video/stray-0123456789ab.mp4", "stray.bin", ".0123456789abcdef"]
    for stray in strays:
        storage.media(stray).write_bytes(b"12345")
    assert collect() == []
    later = time.time() + 3700
    monkeypatch.setattr(time, "time", lambda: later)
    assert {(gone.path, gone.size, gone.is_orphan) for gone in collect()} == {(stray, 5, True) for stray in strays}
    assert flow.files_on_disk(storage) == [kept.path]


def test_a_file_that_cannot_be_removed_keeps_no_other(
    storage: Storage, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.bin", "b.bin", "c.bin"):
        storage.media(name).write_bytes(b"12345")
    remove = Storage.remove

    def refuse(self: Storage, path: str) -> None:  # a disk that does so cannot be made here: root may remove everything
        if path == "b.bin":
            raise PermissionError(path)
        remove(self, path)

    monkeypatch.setattr(Storage, "remove", refuse)
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
        list(garbage.collect(dies, storage, 0))
    [left] = flow.files_on_disk(storage)
    assert [(gone.path, gone.is_orphan) for gone in collect(0)] == [(left, True)]
    assert flow.files_on_disk(storage) == []


# Revived


def test_the_same_bytes_within_the_grace_period_come_back_to_life(
    made: Made, engine: Engine, storage: Storage, shown: ContentItem, film: bytes, collect: Collect
) -> None:
    before = the_row(engine)
    flow.delete(engine, shown)
    collect()
    since(made, engine, GRACE + 1)
    item = made.item(made.page(), "video")
    assert flow.complete(engine, storage, made.upload(item, "video", "again.mp4", film)).was_folded
    assert the_row(engine).unreferenced_since is None
    assert collect() == []
    assert (the_row(engine).id, flow.shown(engine, item.id, "video")) == (before.id, before.path)
    assert storage.media(before.path).read_bytes() == film
    flow.delete(engine, item)
    assert collect() == [], "the grace period begins anew"


def test_the_same_bytes_after_the_grace_period_are_stored_anew(
    made: Made, engine: Engine, storage: Storage, shown: ContentItem, film: bytes, collect: Collect
) -> None:
    flow.delete(engine, shown)
    collect(0)
    item = made.item(made.page(), "video")
    assert not flow.complete(engine, storage, made.upload(item, "video", "a.mp4", film)).was_folded
    assert storage.media(flow.shown(engine, item.id, "video") or "").read_bytes() == film


def test_a_mark_goes_when_something_refers_to_the_file_again(
    made: Made, engine: Engine, shown: ContentItem, collect: Collect
) -> None:
    since(made, engine, GRACE + 1)
    assert collect() == []
    assert the_row(engine).unreferenced_since is None


# Replaced


def test_a_replaced_file_stays_until_the_new_one_is_completed_and_then_for_the_grace_period(
    made: Made, engine: Engine, storage: Storage, shown: ContentItem, other_film: bytes, film: bytes, collect: Collect
) -> None:
    old = the_row(engine).path
    upload_id = made.upload(shown, "video", "new.webm", other_film)
    assert collect(0) == []
    right = flow.claimed(engine, upload_id)
    found = flow.examine(engine, storage, upload_id)
    assert collect(0) == []
    assert (flow.shown(engine, shown.id, "video"), storage.media(old).read_bytes()) == (old, film)
    flow.finish(engine, storage, right, found)
    assert flow.shown(engine, shown.id, "video") != old
    assert collect() == []
    assert storage.media(old).read_bytes() == film
    assert [gone.path for gone in collect(0)] == [old]
    assert flow.files_on_disk(storage) == [flow.shown(engine, shown.id, "video")]


@pytest.mark.parametrize("how", ["wrong file", "faults to the end"])
def test_a_replacement_that_fails_leaves_the_old_file(
    made: Made, engine: Engine, storage: Storage, shown: ContentItem, other_film: bytes, collect: Collect, how: str
) -> None:
    old = the_row(engine).path
    if how == "wrong file":
        upload_id = made.upload(shown, "video", "new.mp4", b"no film")
        flow.complete(engine, storage, upload_id)
    else:
        upload_id = made.upload(shown, "video", "new.webm", other_film)
        for _ in range(uploads.MAX_ATTEMPTS):
            flow.put_back(engine, flow.claimed(engine, upload_id), OSError("again"))
    assert made.upload_row(upload_id).status == UploadStatus.FAILED
    assert collect(0) == []
    assert flow.shown(engine, shown.id, "video") == old
    assert flow.files_on_disk(storage) == [old]


def test_an_item_deleted_while_its_upload_is_on_its_way_leaves_nothing(
    made: Made, engine: Engine, storage: Storage, shown: ContentItem, other_film: bytes, collect: Collect
) -> None:
    upload_id = made.upload(shown, "video", "new.webm", other_film)
    flow.delete(engine, shown)
    assert flow.complete(engine, storage, upload_id).status == UploadStatus.FAILED
    assert len(flow.sweep_staging(engine, storage, GRACE)) == 2, "the old upload's bytes, which no task ended, as well"
    assert storage.staged_names() == []
    assert len(collect(0)) == 1
    assert (flow.media_rows(engine), flow.files_on_disk(storage)) == ([], [])


# Raced


def test_an_upload_between_row_and_file_keeps_the_file(
    made: Made, engine: Engine, storage: Storage, shown: ContentItem, film: bytes, transaction: Transactions
) -> None:
    """The row's deletion is committed; before the file goes the same bytes come to the same path."""
    flow.delete(engine, shown)
    path = the_row(engine).path
    item = made.item(made.page(), "video")
    upload_id = made.upload(item, "video", "a.mp4", film)
    right, found = flow.claimed(engine, upload_id), flow.examine(engine, storage, upload_id)
    folded = []

    @contextmanager
    def raced() -> Iterator[Session]:
        with transaction() as session:
            yield session
        if not flow.media_rows(engine):
            folded.append(flow.finish(engine, storage, right, found).was_folded)

    list(garbage.collect(raced, storage, 0))
    assert folded == [False]
    assert (the_row(engine).path, flow.shown(engine, item.id, "video")) == (path, path)
    assert storage.media(path).read_bytes() == film


@pytest.mark.parametrize("known", [True, False], ids=["folded", "placed"])
def test_an_upload_that_is_being_finished_is_waited_for(
    made: Made,
    engine: Engine,
    storage: Storage,
    shown: ContentItem,
    film: bytes,
    collect: Collect,
    known: bool,
) -> None:
    """It has the row, or has just placed a file that no committed row names yet."""
    flow.delete(engine, shown)
    if not known:
        collect(0)
    item = made.item(made.page(), "video")
    upload_id = made.upload(item, "video", "a.mp4", film)
    right, found = flow.claimed(engine, upload_id), flow.examine(engine, storage, upload_id)
    gone: list[Removed] = []
    with Session(engine) as session:
        assert uploads.finish(session, right, found, storage, "UTC").was_folded is known
        collecting = flow.in_thread(lambda: gone.extend(collect(0)))
        assert flow.waits(engine, collecting), "it did not wait"
        session.commit()
    collecting.join(60)
    assert not collecting.is_alive()
    assert gone == []
    assert storage.media(flow.shown(engine, item.id, "video") or "").read_bytes() == film


def test_an_upload_waits_for_bytes_that_are_just_going(
    made: Made,
    engine: Engine,
    storage: Storage,
    shown: ContentItem,
    film: bytes,
    collect: Collect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The file is removed under the lock; the upload places it again after that, and not before."""
    flow.delete(engine, shown)
    item = made.item(made.page(), "video")
    upload_id = made.upload(item, "video", "a.mp4", film)
    right, found = flow.claimed(engine, upload_id), flow.examine(engine, storage, upload_id)
    real, finishing, waited = Storage.remove, [], []

    def slow(self: Storage, path: str) -> None:
        finishing.append(flow.in_thread(lambda: flow.finish(engine, storage, right, found)))
        waited.append(flow.waits(engine, finishing[0]))
        real(self, path)

    monkeypatch.setattr(Storage, "remove", slow)
    assert len(collect(0)) == 1
    [thread] = finishing
    thread.join(60)
    assert (waited, thread.is_alive()) == ([True], False)
    assert storage.media(flow.shown(engine, item.id, "video") or "").read_bytes() == film


def test_uploads_of_the_same_bytes_and_collectors_without_grace_at_once(
    made: Made, engine: Engine, storage: Storage, film: bytes, other_film: bytes, collect: Collect
) -> None:
    """Whatever the order: right after an upload is completed its file is there, whole, and stays while it is shown."""
    page = made.page()
    faults: list[object] = []
    over = threading.Event()

    def keep_collecting() -> None:
        while not over.is_set():
            collect(0)

    def keep_uploading(worker: int) -> None:
        for turn in range(12):
            data = (film, other_film)[(worker + turn) % 2]
            item = made.item(page, "video")
            ended = flow.complete(engine, storage, made.upload(item, "video", "same name", data))
            path = storage.media(flow.shown(engine, item.id, "video") or "")
            for _ in range(3):
                if ended.status != UploadStatus.COMPLETED or path.read_bytes() != data:
                    faults.append((worker, turn, ended.status, path))
            flow.delete(engine, item)

    def watched(work: Callable[..., Any], *args: Any) -> Callable[[], None]:
        def run() -> None:
            try:
                work(*args)
            except BaseException as fault:
                faults.append(fault)
                raise

        return run

    collectors = [flow.in_thread(watched(keep_collecting)) for _ in range(2)]
    uploaders = [flow.in_thread(watched(keep_uploading, worker)) for worker in range(4)]
    for thread in uploaders:
        thread.join(120)
    over.set()
    for thread in collectors:
        thread.join(60)
    assert faults == []
    collect(0)
    assert (flow.media_rows(engine), flow.files_on_disk(storage)) == ([], [])


def test_whoever_links_a_row_without_the_lock_keeps_it_all_the_same(
    made: Made, engine: Engine, storage: Storage, collect: Collect
) -> None:
    """The deletion asks again at its own moment, so what was due when it was listed is kept."""
    file, item = made.media_file(), made.item(made.page(), "video")
    real = garbage._remove

    def linked_first(*args: Any) -> bool:
        made.attached(item, "video", file)
        return real(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(garbage, "_remove", linked_first)
        assert collect(0) == []
    with Session(engine) as session:
        attachment = session.get_one(Attachment, (item.id, "video"))
        assert attachment.media_file_id == file.id
    assert storage.media(file.path).exists()
