"""When an upload gets another attempt after an error, automatically or at an editor's request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.database import now
from cms.media import uploads
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.messages import InvalidInput
from tests.factories import Factory
from tests.media import uploading as flow

pytestmark = pytest.mark.both_databases


def test_nobody_has_it_while_it_rests_after_a_fault(engine: Engine, factory: Factory, upload_id: int) -> None:
    for attempts in range(1, uploads.RETRIES.max_attempts):
        flow.requeue(engine, flow.claimed(engine, upload_id), OSError("again"))
        row = factory.upload_row(upload_id)
        assert row.due_at == row.next_send_at
        assert flow.claim(engine, upload_id) is None
        assert factory.upload_row(upload_id).attempts == attempts
    factory.change(row, due_at=now() - timedelta(seconds=1))
    assert flow.claim(engine, upload_id)


def test_so_it_is_after_its_worker_died(engine: Engine, factory: Factory, upload_id: int) -> None:
    flow.claimed(engine, upload_id, lease=-1)
    assert flow.recover(engine) == []
    assert flow.claim(engine, upload_id) is None
    flow.rest(engine, upload_id)
    assert flow.claim(engine, upload_id)


def test_a_rest_that_the_clock_has_made_endless_is_over(engine: Engine, factory: Factory, upload_id: int) -> None:
    flow.requeue(engine, flow.claimed(engine, upload_id), OSError("again"))
    factory.change(factory.upload_row(upload_id), due_at=now() + timedelta(hours=1))
    assert flow.claim(engine, upload_id)


def test_a_failed_upload_starts_anew_from_its_bytes(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    item = factory.item(factory.page(), "video")
    upload_id = factory.upload(item, "video", "a.mp4", video_bytes)
    for _ in range(uploads.RETRIES.max_attempts):
        flow.requeue(engine, flow.claimed(engine, upload_id), OSError("again"))
    flow.retry(engine, upload_id)
    row = factory.upload_row(upload_id)
    assert (row.status, row.attempts, row.due_at) == (UploadStatus.PENDING, 0, None)
    assert (row.reason, row.reason_values, row.can_retry) == (None, None, False)
    assert row.next_send_at, "or nobody would send a task that is lost"
    assert 0 < (row.next_send_at - now()).total_seconds() <= uploads.RETRIES.resend_after
    assert flow.complete(engine, storage, upload_id).status == UploadStatus.COMPLETED


def test_no_other_upload_is_retried_with_it(
    engine: Engine, factory: Factory, video_bytes: bytes, upload_id: int
) -> None:
    other = factory.upload(factory.item(factory.page(), "video"), "video", "b.mp4", video_bytes)
    for _ in range(uploads.RETRIES.max_attempts):
        for id_ in (upload_id, other):
            flow.requeue(engine, flow.claimed(engine, id_), OSError("again"))
    flow.retry(engine, upload_id)
    assert factory.upload_row(upload_id).status == UploadStatus.PENDING
    assert factory.upload_row(other).status == UploadStatus.FAILED


def test_nothing_but_a_kept_failure_can_be_retried(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    item = factory.item(factory.page(), "video")
    pending = factory.upload(item, "video", "a.mp4", video_bytes)
    wrong = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", b"no film")
    flow.complete(engine, storage, wrong)
    for upload_id in (pending, wrong):
        with pytest.raises(InvalidInput, match="Please upload the file again"):
            flow.retry(engine, upload_id)


def test_a_retry_comes_too_late_when_the_bytes_have_been_given_up(
    engine: Engine, storage: Storage, factory: Factory, upload_id: int
) -> None:
    """The row was read while the bytes were still kept."""
    for _ in range(uploads.RETRIES.max_attempts):
        flow.requeue(engine, flow.claimed(engine, upload_id), OSError("again"))
    row = factory.upload_row(upload_id)
    assert row.can_retry
    flow.clean_staging(engine, storage, -1)
    with Session(engine) as session, pytest.raises(InvalidInput, match="Please upload the file again"):
        uploads.retry(session, row)
    assert factory.upload_row(upload_id).status == UploadStatus.FAILED
