"""Uploads are staged, claimed, inspected, deduplicated and shown. Bytes are stored once, and none are lost."""

from __future__ import annotations

import errno
from datetime import timedelta
from pathlib import Path

import pytest
from blake3 import blake3
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.database import now
from cms.leases import ClaimLost
from cms.media import uploads
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.messages import InvalidInput
from cms.pages.models import Attachment
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow

pytestmark = pytest.mark.both_databases


def test_a_staged_upload_waits_with_all_that_is_known(engine: Engine, factory: Factory, video_bytes: bytes) -> None:
    item = factory.item(factory.page(), "video")
    upload = factory.upload_row(factory.upload(item, "video", "Эти_страшные_буквы.mp4", video_bytes))
    assert (upload.status, upload.attempts, upload.kind, upload.slot) == ("pending", 0, "video", "video")
    assert (upload.filename, upload.size, upload.item_id) == ("Эти_страшные_буквы.mp4", len(video_bytes), item.id)
    assert upload.next_send_at
    assert upload.next_send_at > now(), "the task was just sent: recovery waits"
    assert flow.shown(engine, item.id, "video") is None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\videos\\a.mp4", "a.mp4"),
        ("a\x00b\n.mp4", "ab.mp4"),
        ("<script>.mp4", "<script>.mp4"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627.mp4", "\u0645\u06cc\u200c\u062e\u0648\u0627.mp4"),
        ("\U0001faea \U0001f469\u200d\U0001f680.mp4", "\U0001faea \U0001f469\u200d\U0001f680.mp4"),
        ("я" * 300 + ".mp4", "я" * 251 + ".mp4"),
        ("\x00\x01", "file"),
        ("", "file"),
    ],
)
def test_an_editor_sees_the_name_without_its_dangers(factory: Factory, sent: str, kept: str) -> None:
    item = factory.item(factory.page(), "video")
    assert factory.upload_row(factory.upload(item, "video", sent, b"x")).filename == kept


def test_from_pending_to_completed(engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes) -> None:
    item = factory.item(factory.page(), "video")
    upload_id = factory.upload(item, "video", "My film.mp4", video_bytes)
    right = flow.claimed(engine, upload_id)
    assert factory.upload_row(upload_id).status == UploadStatus.PROCESSING
    found = flow.inspect(engine, storage, upload_id)
    assert found.digest == blake3(video_bytes).hexdigest()
    upload = flow.finish(engine, storage, right, found)
    assert (upload.status, upload.is_duplicate, upload.attempts) == (UploadStatus.COMPLETED, False, 1)
    assert (upload.reason, upload.lease_token, upload.lease_until, upload.next_send_at) == (None, None, None, None)
    [row] = flow.media_rows(engine)
    assert row.path == f"{upload.created_at:%Y/%m/%d}/video/My_film-{found.digest[:12]}.mp4"
    assert (row.size, row.mime_type, row.digest) == (len(video_bytes), "video/mp4", found.digest)
    assert on_disk(storage, row.path).read_bytes() == video_bytes
    assert flow.shown(engine, item.id, "video") == row.path


def test_the_date_is_that_of_the_editors_time_zone(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", video_bytes)
    day = now().replace(year=2026, month=12, day=31, hour=20)
    factory.change(factory.upload_row(upload_id), created_at=day)
    right = flow.claimed(engine, upload_id)
    flow.finish(engine, storage, right, flow.inspect(engine, storage, upload_id), "Asia/Krasnoyarsk")
    assert flow.media_rows(engine)[0].path.startswith("2027/01/01/video/")


def test_the_extension_is_that_of_the_bytes(
    engine: Engine, storage: Storage, factory: Factory, other_video_bytes: bytes
) -> None:
    item = factory.item(factory.page(), "video")
    flow.complete(engine, storage, factory.upload(item, "video", "page.html", other_video_bytes))
    assert flow.shown(engine, item.id, "video").endswith(".webm")


def test_the_same_bytes_under_another_name_are_folded(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    page = factory.page()
    items = [factory.item(page, "video") for _ in range(3)]
    names = ["one.mp4", "Два.mp4", "three.bin"]
    folded = [
        flow.complete(engine, storage, factory.upload(item, "video", name, video_bytes)).is_duplicate
        for item, name in zip(items, names, strict=True)
    ]
    assert folded == [False, True, True]
    [row] = flow.media_rows(engine)
    assert flow.files_on_disk(storage) == [row.path]
    assert {flow.shown(engine, item.id, "video") for item in items} == {row.path}


def test_the_same_bytes_in_another_kind_and_slot_are_folded_too(
    engine: Engine, storage: Storage, factory: Factory, media_files: dict[str, Path]
) -> None:
    data = media_files["subtitles.srt"].read_bytes()
    page = factory.page()
    first, second = factory.item(page, "video"), factory.item(page, "video")
    flow.complete(engine, storage, factory.upload(first, "subtitles", "a.srt", data))
    again = flow.complete(engine, storage, factory.upload(second, "subtitles", "b.srt", data.replace(b"\n", b"\r\n")))
    assert again.is_duplicate, "both are the same WebVTT"
    [row] = flow.media_rows(engine)
    assert on_disk(storage, row.path).read_bytes().startswith(b"WEBVTT\n\n1\n00:00:01.000 --> ")


def test_subtitles_can_be_inspected_twice(
    engine: Engine, storage: Storage, factory: Factory, media_files: dict[str, Path]
) -> None:
    """A run that dies after the conversion leaves WebVTT in staging, which the next run uses."""
    data = media_files["subtitles.srt"].read_bytes().replace(b"\n", b"\r\n").decode().encode("cp1251")
    upload_id = factory.upload(factory.item(factory.page(), "video"), "subtitles", "a.srt", data)
    first = flow.inspect(engine, storage, upload_id)
    assert flow.inspect(engine, storage, upload_id) == first
    right = flow.claimed(engine, upload_id)
    assert flow.finish(engine, storage, right, first).status == UploadStatus.COMPLETED


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The file is empty."),
        (b"only words", "The file's contents are not of a supported type, whatever its name says."),
        (b"<html>", "This is a web page or an SVG drawing. Such files are not accepted."),
    ],
)
def test_a_wrong_file_fails_with_a_sentence_and_the_item_stays(
    engine: Engine, storage: Storage, factory: Factory, data: bytes, reason: str
) -> None:
    item = factory.item(factory.page(), "video")
    upload = flow.complete(engine, storage, factory.upload(item, "video", "film.mp4", data))
    assert (upload.status, upload.reason, upload.can_retry) == (UploadStatus.FAILED, reason, False)
    assert flow.files_on_disk(storage) == []
    assert flow.media_rows(engine) == []
    assert factory.reload(item)


def test_a_sentence_keeps_its_values_for_other_languages(
    engine: Engine, storage: Storage, factory: Factory, media_files: dict[str, Path]
) -> None:
    item = factory.item(factory.page(), "video")
    sound = media_files["sound.mp3"].read_bytes()
    upload = flow.complete(engine, storage, factory.upload(item, "video", "film.mp4", sound))
    assert upload.reason == "The file is %(found)s, but %(wanted)s is needed here."
    assert upload.reason_values == {"found": "an audio recording", "wanted": "a video"}


def test_bytes_that_are_missing_in_part_fail(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", video_bytes)
    name = factory.upload_row(upload_id).staged_name
    assert name
    storage.staging.path(name).write_bytes(video_bytes[:-1])
    assert flow.complete(engine, storage, upload_id).reason == (
        "The file did not arrive completely. Please upload it again."
    )


def test_a_wrong_file_leaves_the_one_that_is_shown(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    item = factory.item(factory.page(), "video")
    flow.complete(engine, storage, factory.upload(item, "video", "a.mp4", video_bytes))
    before = flow.shown(engine, item.id, "video")
    waiting = factory.upload(item, "video", "b.mp4", b"no film")
    assert flow.shown(engine, item.id, "video") == before, "while it is pending"
    flow.complete(engine, storage, waiting)
    assert flow.shown(engine, item.id, "video") == before, "and after it has failed"


def test_a_second_delivery_sees_nothing(engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes) -> None:
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", video_bytes)
    assert flow.claim(engine, upload_id)
    assert flow.claim(engine, upload_id) is None
    assert factory.upload_row(upload_id).attempts == 1


def test_a_final_upload_is_not_claimed(engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes) -> None:
    item = factory.item(factory.page(), "video")
    for data in (video_bytes, b"no film"):
        upload_id = factory.upload(item, "video", "a.mp4", data)
        flow.complete(engine, storage, upload_id)
        assert flow.claim(engine, upload_id) is None
    assert flow.claim(engine, 10**6) is None


@pytest.mark.parametrize("newer_first", [False, True])
def test_the_newer_upload_wins_in_any_order(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes, other_video_bytes: bytes, newer_first: bool
) -> None:
    item = factory.item(factory.page(), "video")
    older = factory.upload(item, "video", "old.mp4", video_bytes)
    newer = factory.upload(item, "video", "new.webm", other_video_bytes)
    ended = {id_: flow.complete(engine, storage, id_) for id_ in sorted((older, newer), reverse=newer_first)}
    assert ended[newer].status == UploadStatus.COMPLETED
    assert ended[older].status == UploadStatus.FAILED
    assert ended[older].reason == "A newer file was uploaded in its place."
    assert flow.shown(engine, item.id, "video").endswith(".webm")


def test_an_upload_whose_item_is_gone_fails(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    item = factory.item(factory.page(), "video")
    upload_id = factory.upload(item, "video", "a.mp4", video_bytes)
    right = flow.claimed(engine, upload_id)
    found = flow.inspect(engine, storage, upload_id)
    flow.delete(engine, item)
    with pytest.raises(InvalidInput, match="The item was deleted before its file was stored"):
        flow.finish(engine, storage, right, found)
    assert flow.fail(engine, right, InvalidInput("x")).status == UploadStatus.FAILED
    assert flow.files_on_disk(storage) == []


def test_an_upload_that_was_taken_out_fails(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    item = factory.item(factory.page(), "video")
    upload_id = factory.upload(item, "video", "a.mp4", video_bytes)
    with Session(engine) as session:
        session.delete(session.get_one(Attachment, (item.id, "video")))
        session.commit()
    upload = flow.complete(engine, storage, upload_id)
    assert (upload.status, upload.reason) == (
        UploadStatus.FAILED,
        "The file was removed before it was stored.",
    )
    assert flow.files_on_disk(storage) == []


def test_a_passing_fault_puts_it_back_with_growing_pauses(engine: Engine, factory: Factory, video_bytes: bytes) -> None:
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", video_bytes)
    pauses = []
    for _ in range(uploads.RETRIES.max_attempts - 1):
        upload = flow.requeue(engine, flow.claimed(engine, upload_id), OSError(errno.EIO, "disk"))
        assert upload.status == UploadStatus.PENDING
        assert upload.reason == "Something went wrong while the file was being stored."
        assert upload.next_send_at
        pauses.append((upload.next_send_at - now()).total_seconds())
    assert [round(pause) for pause in pauses] == [5, 10, 20, 40]
    last = flow.requeue(engine, flow.claimed(engine, upload_id), OSError(errno.EIO, "disk"))
    assert (last.status, last.attempts, last.can_retry) == (UploadStatus.FAILED, uploads.RETRIES.max_attempts, True)
    assert flow.claim(engine, upload_id) is None


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_as_such(engine: Engine, factory: Factory, video_bytes: bytes, code: int) -> None:
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", video_bytes)
    upload = flow.requeue(engine, flow.claimed(engine, upload_id), OSError(code, "full"))
    assert upload.reason == "The disk is full."


def test_a_fault_after_which_it_succeeds_leaves_no_reason(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", video_bytes)
    flow.requeue(engine, flow.claimed(engine, upload_id), OSError("once"))
    upload = flow.complete(engine, storage, upload_id)
    assert (upload.status, upload.reason, upload.attempts) == (UploadStatus.COMPLETED, None, 2)


def test_a_heartbeat_keeps_the_claim(engine: Engine, factory: Factory, video_bytes: bytes) -> None:
    upload_id = factory.upload(factory.item(factory.page(), "video"), "video", "a.mp4", video_bytes)
    right = flow.claimed(engine, upload_id, lease=1)
    flow.extend(engine, right, 60)
    until = factory.upload_row(upload_id).lease_until
    assert until
    assert until > now() + timedelta(seconds=50)
    assert flow.recover(engine) == []
    assert factory.upload_row(upload_id).status == UploadStatus.PROCESSING


def test_who_lost_the_claim_changes_nothing(
    engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes
) -> None:
    """The lease has expired and another worker has the upload, so whatever the first one does is refused."""
    item = factory.item(factory.page(), "video")
    upload_id = factory.upload(item, "video", "a.mp4", video_bytes)
    first = flow.claimed(engine, upload_id, lease=-1)
    found = flow.inspect(engine, storage, upload_id)
    flow.recover(engine)
    second = flow.claimed(engine, upload_id)
    for late in (
        lambda: flow.finish(engine, storage, first, found),
        lambda: flow.fail(engine, first, InvalidInput("x")),
        lambda: flow.requeue(engine, first, OSError("x")),
        lambda: flow.extend(engine, first, 60),
    ):
        with pytest.raises(ClaimLost):
            late()
    assert flow.files_on_disk(storage) == []
    assert flow.finish(engine, storage, second, found).status == UploadStatus.COMPLETED
