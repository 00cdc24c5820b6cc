"""Bytes are never removed while something refers to them, in any race."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.database import Transactions
from cms.leases import Claim
from cms.media import garbage, uploads
from cms.media.garbage import Removed
from cms.media.inspection import Inspected
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.media.storage.local import LocalStore
from cms.pages.models import Attachment, ContentItem
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.collecting import Collect, the_row
from tests.rounds import ROUNDS

pytestmark = [pytest.mark.both_databases, pytest.mark.heavy]


def on_its_way(
    factory: Factory, engine: Engine, storage: Storage, video_bytes: bytes
) -> tuple[ContentItem, Claim, Inspected]:
    """The film is uploaded to another item; a worker has claimed and inspected it, and only has to finish."""
    item = factory.item(factory.page(), "video")
    upload_id = factory.upload(item, "video", "a.mp4", video_bytes)
    return item, flow.claimed(engine, upload_id), flow.inspect(engine, storage, upload_id)


def test_an_upload_between_row_and_file_keeps_the_file(
    factory: Factory,
    engine: Engine,
    storage: Storage,
    shown: ContentItem,
    video_bytes: bytes,
    transaction: Transactions,
) -> None:
    """After the row's deletion is committed, and before the file is removed, the same bytes are stored there."""
    flow.delete(engine, shown)
    path = the_row(engine).path
    item, right, found = on_its_way(factory, engine, storage, video_bytes)
    folded = []

    @contextmanager
    def raced() -> Iterator[Session]:
        with transaction() as session:
            yield session
        if not flow.media_rows(engine):
            folded.append(flow.finish(engine, storage, right, found).is_duplicate)

    list(garbage.collect(raced, storage.media, 0))
    assert folded == [False]
    assert (the_row(engine).path, flow.shown(engine, item.id, "video")) == (path, path)
    assert on_disk(storage, path).read_bytes() == video_bytes


@pytest.mark.parametrize("known", [True, False], ids=["folded", "placed"])
def test_an_upload_that_is_being_finished_is_waited_for(
    factory: Factory,
    engine: Engine,
    storage: Storage,
    shown: ContentItem,
    video_bytes: bytes,
    collect: Collect,
    known: bool,
) -> None:
    """The upload has locked the row, or has just stored a file that no committed row names yet."""
    flow.delete(engine, shown)
    if not known:
        collect(0)
    item, right, found = on_its_way(factory, engine, storage, video_bytes)
    gone: list[Removed] = []
    with Session(engine) as session:
        assert uploads.complete(session, right, found, storage, "UTC").is_duplicate is known
        collecting = flow.in_thread(lambda: gone.extend(collect(0)))
        assert flow.waits(engine, collecting), "it did not wait"
        session.commit()
    collecting.join(60)
    assert not collecting.is_alive()
    assert gone == []
    assert on_disk(storage, flow.shown(engine, item.id, "video") or "").read_bytes() == video_bytes


def test_an_upload_waits_for_bytes_that_are_just_going(
    factory: Factory,
    engine: Engine,
    storage: Storage,
    shown: ContentItem,
    video_bytes: bytes,
    collect: Collect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The file is removed under the lock, and only then does the upload store it again."""
    flow.delete(engine, shown)
    item, right, found = on_its_way(factory, engine, storage, video_bytes)
    real, finishing, waited = LocalStore.delete, [], []

    def slow(self: LocalStore, path: str) -> None:
        finishing.append(flow.in_thread(lambda: flow.finish(engine, storage, right, found)))
        waited.append(flow.waits(engine, finishing[0]))
        real(self, path)

    monkeypatch.setattr(LocalStore, "delete", slow)
    assert len(collect(0)) == 1
    [thread] = finishing
    thread.join(60)
    assert (waited, thread.is_alive()) == ([True], False)
    assert on_disk(storage, flow.shown(engine, item.id, "video") or "").read_bytes() == video_bytes


def test_uploads_of_the_same_bytes_and_collectors_without_grace_at_once(
    factory: Factory, engine: Engine, storage: Storage, video_bytes: bytes, other_video_bytes: bytes, collect: Collect
) -> None:
    """In any order: once an upload is completed, its file is there, whole, and stays while it is shown."""
    page = factory.page()
    faults: list[object] = []
    over = threading.Event()

    def keep_collecting() -> None:
        while not over.is_set():
            collect(0)

    def keep_uploading(worker: int) -> None:
        for turn in range(2 * ROUNDS):
            data = (video_bytes, other_video_bytes)[(worker + turn) % 2]
            item = factory.item(page, "video")
            ended = flow.complete(engine, storage, factory.upload(item, "video", "same name", data))
            path = on_disk(storage, flow.shown(engine, item.id, "video") or "")
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
    factory: Factory, engine: Engine, storage: Storage, collect: Collect
) -> None:
    """The deletion checks again, so a row that was due when it was listed is kept."""
    file, item = factory.media_file(), factory.item(factory.page(), "video")
    real = garbage._remove

    def linked_first(*args: Any) -> bool:
        factory.attached(item, "video", file)
        return real(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(garbage, "_remove", linked_first)
        assert collect(0) == []
    with Session(engine) as session:
        attachment = session.get_one(Attachment, (item.id, "video"))
        assert attachment.media_file_id == file.id
    assert on_disk(storage, file.path).exists()
