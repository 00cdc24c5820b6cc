"""Bytes are kept if something refers to them again; replaced ones stay until the new file is completed."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from cms.media import uploads
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.pages.models import ContentItem
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.collecting import GRACE, Collect, since, the_row

pytestmark = pytest.mark.both_databases


def test_the_same_bytes_within_the_grace_period_come_back_to_life(
    factory: Factory, engine: Engine, storage: Storage, shown: ContentItem, video_bytes: bytes, collect: Collect
) -> None:
    before = the_row(engine)
    flow.delete(engine, shown)
    collect()
    since(factory, engine, GRACE + 1)
    item = factory.item(factory.page(), "video")
    assert flow.complete(engine, storage, factory.upload(item, "video", "again.mp4", video_bytes)).is_duplicate
    assert the_row(engine).unreferenced_since is None
    assert collect() == []
    assert (the_row(engine).id, flow.shown(engine, item.id, "video")) == (before.id, before.path)
    assert on_disk(storage, before.path).read_bytes() == video_bytes
    flow.delete(engine, item)
    assert collect() == [], "the grace period begins anew"


def test_the_same_bytes_after_the_grace_period_are_stored_anew(
    factory: Factory, engine: Engine, storage: Storage, shown: ContentItem, video_bytes: bytes, collect: Collect
) -> None:
    flow.delete(engine, shown)
    collect(0)
    item = factory.item(factory.page(), "video")
    assert not flow.complete(engine, storage, factory.upload(item, "video", "a.mp4", video_bytes)).is_duplicate
    assert on_disk(storage, flow.shown(engine, item.id, "video") or "").read_bytes() == video_bytes


def test_a_mark_goes_when_something_refers_to_the_file_again(
    factory: Factory, engine: Engine, shown: ContentItem, collect: Collect
) -> None:
    since(factory, engine, GRACE + 1)
    assert collect() == []
    assert the_row(engine).unreferenced_since is None


def test_a_replaced_file_stays_until_the_new_one_is_completed_and_then_for_the_grace_period(
    factory: Factory,
    engine: Engine,
    storage: Storage,
    shown: ContentItem,
    other_video_bytes: bytes,
    video_bytes: bytes,
    collect: Collect,
) -> None:
    old = the_row(engine).path
    upload_id = factory.upload(shown, "video", "new.webm", other_video_bytes)
    assert collect(0) == []
    right = flow.claimed(engine, upload_id)
    found = flow.inspect(engine, storage, upload_id)
    assert collect(0) == []
    assert (flow.shown(engine, shown.id, "video"), on_disk(storage, old).read_bytes()) == (old, video_bytes)
    flow.finish(engine, storage, right, found)
    assert flow.shown(engine, shown.id, "video") != old
    assert collect() == []
    assert on_disk(storage, old).read_bytes() == video_bytes
    assert [gone.path for gone in collect(0)] == [old]
    assert flow.files_on_disk(storage) == [flow.shown(engine, shown.id, "video")]


@pytest.mark.parametrize("how", ["wrong file", "faults to the end"])
def test_a_replacement_that_fails_leaves_the_old_file(
    factory: Factory,
    engine: Engine,
    storage: Storage,
    shown: ContentItem,
    other_video_bytes: bytes,
    collect: Collect,
    how: str,
) -> None:
    old = the_row(engine).path
    if how == "wrong file":
        upload_id = factory.upload(shown, "video", "new.mp4", b"no film")
        flow.complete(engine, storage, upload_id)
    else:
        upload_id = factory.upload(shown, "video", "new.webm", other_video_bytes)
        for _ in range(uploads.RETRIES.max_attempts):
            flow.requeue(engine, flow.claimed(engine, upload_id), OSError("again"))
    assert factory.upload_row(upload_id).status == UploadStatus.FAILED
    assert collect(0) == []
    assert flow.shown(engine, shown.id, "video") == old
    assert flow.files_on_disk(storage) == [old]


def test_an_item_deleted_while_its_upload_is_on_its_way_leaves_nothing(
    factory: Factory, engine: Engine, storage: Storage, shown: ContentItem, other_video_bytes: bytes, collect: Collect
) -> None:
    upload_id = factory.upload(shown, "video", "new.webm", other_video_bytes)
    flow.delete(engine, shown)
    assert flow.complete(engine, storage, upload_id).status == UploadStatus.FAILED
    assert len(flow.clean_staging(engine, storage, GRACE)) == 2, "the old upload's bytes, which no task ended, as well"
    assert storage.staging.names() == []
    assert len(collect(0)) == 1
    assert (flow.media_rows(engine), flow.files_on_disk(storage)) == ([], [])
