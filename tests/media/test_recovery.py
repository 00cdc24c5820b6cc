"""Dead workers, lost messages, orphaned bytes, vanished files: nothing is lost, and nothing is left behind."""

from __future__ import annotations

import os
import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from cms import leases
from cms.database import now
from cms.media import recovery, uploads
from cms.media.models import Upload, UploadStatus
from cms.media.storage import Storage
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow

pytestmark = pytest.mark.both_databases

GRACE = 1000


def test_the_work_of_a_dead_worker_goes_to_another(
    engine: Engine, storage: Storage, factory: Factory, upload_id: int
) -> None:
    flow.claimed(engine, upload_id, lease=-1)
    flow.recover(engine)
    row = factory.upload_row(upload_id)
    assert (row.status, row.lease_token) == (UploadStatus.PENDING, None)
    assert row.reason == "The processing of this file was interrupted."
    assert flow.complete(engine, storage, upload_id).status == UploadStatus.COMPLETED


def test_a_worker_that_lives_keeps_its_work(engine: Engine, factory: Factory, upload_id: int) -> None:
    flow.claimed(engine, upload_id, lease=60)
    assert flow.recover(engine) == []
    assert factory.upload_row(upload_id).status == UploadStatus.PROCESSING


def test_who_has_rested_after_a_fault_is_no_dead_workers(engine: Engine, factory: Factory, upload_id: int) -> None:
    for _ in range(uploads.RETRIES.max_attempts - 1):
        flow.requeue(engine, flow.claimed(engine, upload_id), OSError("again"))
    factory.change(factory.upload_row(upload_id), due_at=now() - timedelta(seconds=1))
    before = factory.upload_row(upload_id)
    assert flow.recover(engine) == []
    after = factory.upload_row(upload_id)
    assert (after.reason, after.due_at, after.attempts) == (before.reason, before.due_at, before.attempts)


def test_a_file_that_kills_every_worker_fails_in_the_end(engine: Engine, factory: Factory, upload_id: int) -> None:
    for _ in range(uploads.RETRIES.max_attempts):
        flow.claimed(engine, upload_id, lease=-1)
        flow.recover(engine)
    row = factory.upload_row(upload_id)
    assert (row.status, row.can_retry) == (UploadStatus.FAILED, True)


def test_a_lost_message_is_sent_again_and_not_at_every_sweep(engine: Engine, factory: Factory, upload_id: int) -> None:
    assert flow.recover(engine) == [], "it was sent a moment ago"
    factory.change(factory.upload_row(upload_id), next_send_at=now() - timedelta(seconds=1))
    assert flow.recover(engine) == [upload_id]
    assert flow.recover(engine) == []


def test_the_pauses_between_sendings_grow(engine: Engine, factory: Factory, upload_id: int) -> None:
    factory.change(
        factory.upload_row(upload_id),
        created_at=now() - timedelta(seconds=400),
        next_send_at=now() - timedelta(seconds=1),
    )
    flow.recover(engine)
    due = factory.upload_row(upload_id).next_send_at
    assert due
    assert 390 < (due - now()).total_seconds() < 410


def test_pending_ones_are_sent_in_their_order(engine: Engine, factory: Factory, video_bytes: bytes) -> None:
    page = factory.page()
    ids = [factory.upload(factory.item(page, "video"), "video", "a.mp4", video_bytes) for _ in range(4)]
    for id_ in reversed(ids):
        factory.change(factory.upload_row(id_), next_send_at=now() - timedelta(seconds=1))
    assert flow.recover(engine) == ids


def test_a_great_many_are_sent_some_at_a_time(
    engine: Engine, factory: Factory, video_bytes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "MAX_SENT", 2)
    page = factory.page()
    ids = [factory.upload(factory.item(page, "video"), "video", "a.mp4", video_bytes) for _ in range(5)]
    for id_ in ids:
        factory.change(factory.upload_row(id_), next_send_at=now() - timedelta(seconds=1))
    assert [flow.recover(engine) for _ in range(4)] == [ids[:2], ids[2:4], ids[4:], []]


@pytest.mark.postgresql
@pytest.mark.parametrize("status", [UploadStatus.PENDING, UploadStatus.PROCESSING])
def test_recovery_waits_for_nobody(engine: Engine, factory: Factory, upload_id: int, status: UploadStatus) -> None:
    """Whoever is working on a row holds its lock, and does what is needed."""
    past = now() - timedelta(seconds=1)
    factory.change(factory.upload_row(upload_id), status=status, lease_until=past, next_send_at=past)
    with Session(engine) as worker, Session(engine) as recovering:
        worker.get(Upload, upload_id, with_for_update=True)
        recovering.execute(text("SET LOCAL lock_timeout = '1s'"))
        assert recovery.recover(recovering, 60) == []
        worker.rollback()
        recovering.rollback()
    flow.recover(engine)
    assert factory.upload_row(upload_id).next_send_at != past


def test_staged_bytes_of_an_upload_on_its_way_stay(
    engine: Engine, storage: Storage, factory: Factory, upload_id: int
) -> None:
    _make_old(storage)
    assert flow.clean_staging(engine, storage, GRACE) == []
    flow.claimed(engine, upload_id)
    assert flow.clean_staging(engine, storage, GRACE) == []
    assert len(storage.staging.names()) == 1


def test_staged_bytes_of_a_final_upload_go_at_once(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    page = factory.page()
    for data in (video_bytes, b"no film"):
        flow.complete(engine, storage, factory.upload(factory.item(page, "video"), "video", "a.mp4", data))
    assert len(storage.staging.names()) == 2
    assert len(flow.clean_staging(engine, storage, GRACE)) == 2
    assert storage.staging.names() == []
    [row] = flow.media_rows(engine)
    assert on_disk(storage, row.path).read_bytes() == video_bytes, "the stored file is none the worse"


def test_bytes_without_a_row_go_after_the_grace_period(engine: Engine, storage: Storage, factory: Factory) -> None:
    name = factory.staged(b"a request that is still at it, or that died")
    assert flow.clean_staging(engine, storage, GRACE) == []
    _make_old(storage)
    assert flow.clean_staging(engine, storage, GRACE) == [name]


def test_half_converted_subtitles_go_with_their_upload(engine: Engine, storage: Storage, upload_id: int) -> None:
    [name] = storage.staging.names()
    storage.staging.path(name + ".vtt").write_bytes(b"WEBVTT")
    assert flow.clean_staging(engine, storage, 0) == []
    flow.complete(engine, storage, upload_id)
    assert sorted(flow.clean_staging(engine, storage, GRACE)) == [name, name + ".vtt"]


def test_bytes_kept_for_a_retry_go_after_the_grace_period(
    engine: Engine, storage: Storage, factory: Factory, upload_id: int
) -> None:
    for _ in range(uploads.RETRIES.max_attempts):
        flow.requeue(engine, flow.claimed(engine, upload_id), OSError("again"))
    _make_old(storage)
    assert flow.clean_staging(engine, storage, GRACE) == []
    factory.change(factory.upload_row(upload_id), updated_at=now() - timedelta(seconds=GRACE + 1))
    assert len(flow.clean_staging(engine, storage, GRACE)) == 1
    assert factory.upload_row(upload_id).can_retry is False, "nobody is offered a retry that cannot succeed"


def test_bytes_stay_until_the_rows_say_that_nobody_needs_them(
    engine: Engine, storage: Storage, factory: Factory, upload_id: int
) -> None:
    """A recovery that dies before its commit has removed nothing."""
    for _ in range(uploads.RETRIES.max_attempts):
        flow.requeue(engine, flow.claimed(engine, upload_id), OSError("again"))
    before = now() - timedelta(seconds=GRACE + 1)
    factory.change(factory.upload_row(upload_id), updated_at=before)
    with Session(engine) as session:
        assert recovery.unneeded_in_staging(session, storage.staging, GRACE) == storage.staging.names()
        session.rollback()
    assert factory.upload_row(upload_id).can_retry
    assert len(storage.staging.names()) == 1
    flow.clean_staging(engine, storage, GRACE)
    assert factory.upload_row(upload_id).updated_at == before, "that is when it failed"


def test_many_staged_files_are_looked_up_together(
    engine: Engine, storage: Storage, factory: Factory, monkeypatch: pytest.MonkeyPatch, queries: list[str]
) -> None:
    monkeypatch.setattr(recovery, "BATCH", 3)
    item = factory.item(factory.page(), "video")
    needed = {str(factory.upload_row(factory.upload(item, "video", "a.mp4", b"x")).staged_name) for _ in range(4)}
    unneeded = {factory.staged(b"x") for _ in range(4)}
    _make_old(storage)
    queries.clear()
    assert set(flow.clean_staging(engine, storage, GRACE)) == unneeded
    assert set(storage.staging.names()) == needed
    assert len([query for query in queries if query.startswith("SELECT")]) == 3


@pytest.mark.parametrize("harm", ["vanished", "cut"])
def test_a_stored_file_that_was_harmed_is_healed_by_the_same_bytes(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes, upload_id: int, harm: str
) -> None:
    flow.complete(engine, storage, upload_id)
    [row] = flow.media_rows(engine)
    stored = on_disk(storage, row.path)
    stored.unlink()
    if harm == "cut":
        stored.write_bytes(video_bytes[:10])
    again = flow.complete(
        engine, storage, factory.upload(factory.item(factory.page(), "video"), "video", "b.mp4", video_bytes)
    )
    assert again.is_duplicate
    assert stored.read_bytes() == video_bytes
    assert [found.path for found in flow.media_rows(engine)] == [row.path]


def test_a_run_that_died_before_its_commit_leaves_a_file_that_the_next_one_takes_over(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes, upload_id: int
) -> None:
    right = flow.claimed(engine, upload_id, lease=-1)
    found = flow.inspect(engine, storage, upload_id)
    with Session(engine) as session:
        uploads.complete(session, right, found, storage, "UTC")
        session.rollback()  # the worker dies here
    assert len(flow.files_on_disk(storage)) == 1
    assert flow.media_rows(engine) == []
    flow.recover(engine)
    upload = flow.complete(engine, storage, upload_id)
    assert (upload.status, upload.is_duplicate) == (UploadStatus.COMPLETED, False)
    assert flow.files_on_disk(storage) == [row.path for row in flow.media_rows(engine)]


def test_a_short_name_that_is_taken_gets_the_whole_digest(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes, upload_id: int
) -> None:
    """Two digests begin alike, so the second file gets the whole digest in its name."""
    flow.complete(engine, storage, upload_id)
    [row] = flow.media_rows(engine)
    twin_digest = row.digest[:12] + "0" * 52
    factory.change(row, digest=twin_digest)
    flow.complete(engine, storage, factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", video_bytes))
    first, second = flow.media_rows(engine)
    assert second.digest == row.digest
    assert second.path == first.path.replace(row.digest[:12], row.digest)
    assert on_disk(storage, second.path).read_bytes() == video_bytes


def test_many_workers_with_the_same_bytes_make_one_row_and_one_file(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    page = factory.page()
    items = [factory.item(page, "video") for _ in range(8)]
    ids = [factory.upload(item, "video", f"name {number}.mp4", video_bytes) for number, item in enumerate(items)]
    together = threading.Barrier(len(ids))
    ended: list[uploads.Upload] = []
    faults: list[BaseException] = []

    def work(upload_id: int) -> None:
        try:
            right = flow.claimed(engine, upload_id)
            found = flow.inspect(engine, storage, upload_id)
            together.wait(30)
            ended.append(flow.finish(engine, storage, right, found))
        except BaseException as fault:
            faults.append(fault)
            raise

    threads = [threading.Thread(target=work, args=(id_,)) for id_ in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert sorted(bool(upload.is_duplicate) for upload in ended) == [False] + [True] * 7
    [row] = flow.media_rows(engine)
    assert flow.files_on_disk(storage) == [row.path]
    assert on_disk(storage, row.path).read_bytes() == video_bytes
    assert {flow.shown(engine, item.id, "video") for item in items} == {row.path}


def test_two_workers_that_ask_at_once_get_one_claim(engine: Engine, upload_id: int) -> None:
    together = threading.Barrier(6)
    got: list[object] = []

    def ask() -> None:
        together.wait(30)
        got.append(flow.claim(engine, upload_id))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == 6
    assert len([claim for claim in got if claim]) == 1


def _make_old(storage: Storage) -> None:
    for name in storage.staging.names():
        moment = storage.staging.path(name).stat().st_mtime - GRACE - 10
        os.utime(storage.staging.path(name), (moment, moment))
