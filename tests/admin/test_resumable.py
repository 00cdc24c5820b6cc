"""Resumable uploads over HTTP: the protocol, who may send, and what becomes of the file."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.http import parse_date

from cms.database import now
from cms.media import receiving
from cms.media.models import Upload, UploadStatus
from cms.media.storage import Storage
from cms.pages.models import ContentItem, Page
from cms.pages.revision_models import Revision
from tests import mediabytes
from tests.admin.sender import BYTES, Sender
from tests.conftest import sign_in
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def sender(signed_in: FlaskClient, sent: list[int]) -> Sender:
    return Sender(signed_in)


Rows = Callable[[type[Any]], list[Any]]


def test_a_file_in_pieces_becomes_an_item_of_its_page(
    sender: Sender,
    page: Page,
    sent: list[int],
    work: Callable[[], None],
    all_of: Rows,
    video_bytes: bytes,
) -> None:
    size, first = len(video_bytes), len(video_bytes) // 3
    made = sender.create(size, video_bytes[:first], filename="the_pier.mp4", page=page.id)
    assert made.status_code == 201, made.text
    address = made.headers["Location"]
    assert made.headers["Upload-Offset"] == str(first)
    assert parse_date(made.headers["Upload-Expires"]) > now() + timedelta(days=6)
    assert (made.json["upload"]["status"], made.json["upload"]["label"]) == ("receiving", "Receiving")
    assert "Receiving" in sender.client.get(f"/admin/page/edit/?id={page.id}").text
    assert sender.offset(address) == first
    assert sender.patch(address, first, video_bytes[first:-10]).headers["Upload-Offset"] == str(size - 10)
    assert sent == []

    last = sender.patch(address, size - 10, video_bytes[-10:])
    assert (last.status_code, last.headers["Upload-Offset"], last.headers.get("Upload-Expires")) == (
        204,
        str(size),
        None,
    )
    assert sent == [all_of(Upload)[0].id]
    work()
    item = all_of(ContentItem)[0]
    assert (item.content_type, item.title, item.page_id, item.order) == ("video", "the pier", page.id, 1)
    assert all_of(Upload)[0].status == UploadStatus.COMPLETED
    assert sender.offset(address) == size
    assert [revision.action for revision in all_of(Revision)] == [
        "found",
        "added",
    ]


def test_a_file_for_a_slot_takes_its_place_when_it_is_whole(
    sender: Sender, factory: Factory, page: Page, work: Callable[[], None], video_bytes: bytes
) -> None:
    item = factory.with_media(page, "video")
    address = sender.create(len(video_bytes), filename="new.mp4", item=item.id, slot="video").headers["Location"]
    assert sender.offset(address) == 0
    assert factory.reload(item).version == item.version + 1
    assert sender.patch(address, 0, video_bytes).status_code == 204
    work()
    shown = sender.client.get(f"/admin/video/edit/?id={item.id}").text
    assert "new.mp4" in shown
    assert "Completed" in shown


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("video.mp4", "video"), ("silent.webm", "video"), ("video.mkv", "video"), ("video.ts", "video")),
        *(("sound.mp3", "audio"), ("sound.ogg", "audio"), ("sound.m4a", "audio"), ("sound.webm", "audio")),
        *(("sound.flac", "audio"), ("sound.wav", "audio"), ("picture.png", "picture"), ("document.pdf", "document")),
    ],
)
@pytest.mark.sqlite
def test_the_bytes_decide_on_the_kind(
    sender: Sender, page: Page, all_of: Rows, media_files: dict[str, Any], name: str, kind: str
) -> None:
    data = media_files[name].read_bytes()
    answer = sender.create(len(data) + 1, data[: len(data) // 2 + 1], filename="name.txt", page=page.id)
    assert answer.status_code == 201, answer.text
    assert all_of(ContentItem)[0].content_type == kind


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "web page or an SVG drawing"),
        (b"<!doctype html><script>", "web page or an SVG drawing"),
        (b"II*\0" + bytes(100), "Use JPEG, PNG, GIF, WebP or AVIF"),
        (bytes(range(256)), "not of a supported type"),
        (mediabytes.SRT.encode(), "The file is a subtitle file."),
        (b"", "empty"),
    ],
)
@pytest.mark.sqlite
def test_what_no_kind_takes_is_refused_at_once(
    sender: Sender, page: Page, all_of: Rows, storage: Storage, data: bytes, words: str
) -> None:
    answer = sender.create(1000, data, filename="a.jpg", page=page.id)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert words in answer.json["detail"]
    assert all_of(Upload) == []
    assert storage.staging.names() == []


def test_a_creation_that_arrives_twice_creates_once(
    sender: Sender, page: Page, storage: Storage, all_of: Rows, video_bytes: bytes
) -> None:
    told = {"filename": "a.mp4", "page": page.id, "token": "0123456789abcdef"}
    first, second = (sender.create(len(video_bytes), video_bytes[:1000], **told) for _ in range(2))
    assert second.status_code == 201
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Upload-Offset"] == "1000"
    assert len(all_of(Upload)) == len(storage.staging.names()) == 1


@pytest.mark.parametrize("made", [True, False])
def test_what_is_cancelled_leaves_nothing(
    sender: Sender,
    factory: Factory,
    page: Page,
    storage: Storage,
    all_of: Rows,
    video_bytes: bytes,
    made: bool,
) -> None:
    item = None if made else factory.with_media(page, "video")
    target = {"page": page.id} if made else {"item": item.id, "slot": "video"}  # type: ignore[union-attr]
    address = sender.create(9000, video_bytes[:500], filename="a.mp4", **target).headers["Location"]
    assert sender.delete(address).status_code == 204
    assert all_of(Upload) == []
    assert storage.staging.names() == []
    assert len(all_of(ContentItem)) == (not made)
    assert sender.patch(address, 500, b"more").status_code == 404
    assert sender.delete(address).status_code == 404


@pytest.mark.sqlite
def test_an_item_with_words_of_an_editor_stays(
    sender: Sender, all_of: Rows, factory: Factory, page: Page, video_bytes: bytes
) -> None:
    made = sender.create(9000, video_bytes[:500], filename="a.mp4", page=page.id)
    item = all_of(ContentItem)[0]
    factory.change(item, version=2, title="Written")
    assert sender.delete(made.headers["Location"]).status_code == 204
    assert factory.reload(item).title == "Written"


@pytest.mark.sqlite
def test_a_whole_file_is_not_cancelled(
    sender: Sender, page: Page, work: Callable[[], None], all_of: Rows, video_bytes: bytes
) -> None:
    address = sender.create(len(video_bytes), video_bytes, filename="a.mp4", page=page.id).headers["Location"]
    assert sender.delete(address).status_code == 204
    work()
    assert all_of(Upload)[0].status == UploadStatus.COMPLETED


@pytest.fixture
def begun(sender: Sender, page: Page, video_bytes: bytes) -> str:
    """The address of an upload of which 500 of 900 bytes have arrived."""
    return str(sender.create(900, video_bytes[:500], filename="a.mp4", page=page.id).headers["Location"])


@pytest.mark.sqlite
def test_bytes_in_the_wrong_place_are_refused(sender: Sender, begun: str, storage: Storage) -> None:
    for offset, data in ((0, b"x" * 900), (600, b"x"), (500, b"x" * 401)):
        answer = sender.patch(begun, offset, data)
        assert answer.status_code == (422 if offset == 500 else 409)
        assert answer.json["detail"]
        assert sender.offset(begun) == 500
    path = storage.staging.path(storage.staging.names()[0])
    with receiving._locked(path):
        assert sender.patch(begun, 500, b"x").status_code == 423
    assert sender.patch(begun, 500, b"x").status_code == 204


@pytest.mark.sqlite
def test_what_came_before_the_client_vanished_stays(sender: Sender, begun: str) -> None:
    class Cut(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            found = super().read(size)
            if not found:
                raise ConnectionResetError
            return found

    headers = {**sender.headers, "Upload-Offset": "500", "Content-Length": "400"}
    body = Cut(b"y" * 123)
    sender.client.patch(begun, headers=headers, input_stream=body, content_type=BYTES)
    assert sender.offset(begun) == 623


@pytest.mark.sqlite
def test_a_full_disk_is_told_and_keeps_what_came(sender: Sender, begun: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = receiving.FileIO.write

    class Full(receiving.FileIO):
        def write(self, data: Any) -> int:
            if self.tell() >= 600:
                raise OSError(errno.ENOSPC, "no room")
            return real(self, data[:100])

    monkeypatch.setattr(receiving, "FileIO", Full)
    answer = sender.patch(begun, 500, b"z" * 400)
    assert (answer.status_code, answer.json["detail"]) == (507, "The disk is full.")
    monkeypatch.undo()
    assert sender.offset(begun) == 600
    assert sender.patch(begun, 600, b"z" * 300).status_code == 204


@pytest.mark.sqlite
def test_an_upload_is_its_editors_alone(sender: Sender, begun: str, factory: Factory, sent: list[int]) -> None:
    factory.user("other@example.com", "correct horse")
    client = sender.client.application.test_client()
    sign_in(client, "other@example.com", "correct horse")
    other = Sender(client)
    unknown = other.patch("/uploads/999", 0, b"x")
    for answer in (other.patch(begun, 500, b"x"), other.delete(begun), other.head(begun)):
        assert answer.status_code == 404
    assert other.patch(begun, 500, b"x").json["detail"] == unknown.json["detail"]
    assert sender.offset(begun) == 500


@pytest.mark.sqlite
def test_an_ended_session_and_a_forged_token(sender: Sender, begun: str) -> None:
    forged = sender.patch(begun, 500, b"x", **{"X-CSRFToken": "forged"})
    assert (forged.status_code, forged.mimetype) == (400, "application/problem+json")
    sender.client.post("/logout", headers={"X-CSRFToken": sender.headers["X-CSRFToken"]})
    for answer in (sender.patch(begun, 500, b"x"), sender.create(10, b"x"), sender.delete(begun)):
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert sender.head(begun).status_code == 401
    sign_in(sender.client, "editor@example.com", "correct horse")
    sender.headers = Sender(sender.client).headers
    assert sender.patch(begun, 500, b"x").status_code == 204, "it goes on"


@pytest.mark.sqlite
def test_what_was_given_up_is_gone(sender: Sender, begun: str, factory: Factory, all_of: Rows) -> None:
    factory.change(all_of(Upload)[0], expires_at=now() - timedelta(seconds=1))
    assert sender.head(begun).status_code == 410
    answer = sender.patch(begun, 500, b"x")
    assert answer.status_code == 410
    assert "upload the file again" in answer.json["detail"]


@pytest.mark.sqlite
def test_other_requests_are_refused_in_words(
    sender: Sender, page: Page, factory: Factory, with_settings: Callable[..., None], all_of: Rows
) -> None:
    item = factory.item(page, "video")
    trashed = factory.page(published=False, deleted_at=now())
    assert sender.create(10, b"x", page=999).status_code == 404
    assert sender.create(10, b"x", page=trashed.id).status_code == 404
    assert sender.create(10, b"x", item=item.id, slot="picture").status_code == 404
    assert sender.create(10, b"x").status_code == 400
    assert sender.create("-1", b"x", page=page.id).status_code == 400  # type: ignore[arg-type]
    assert sender.create(10, b"x", {"Upload-Metadata": "page ###"}).status_code == 400
    assert "More bytes" in sender.create(10, b"x" * 11, page=page.id).json["detail"]
    with_settings(max_upload_bytes=2**20)
    answer = sender.create(2**20 + 1, b"x", page=page.id)
    assert (answer.status_code, answer.json["detail"]) == (413, "The file is too large: at most 1 MB is allowed.")
    assert all_of(Upload) == []


@pytest.mark.sqlite
def test_the_protocols_own_words(sender: Sender, begun: str, client: FlaskClient) -> None:
    for address in ("/uploads/", begun):
        offered = client.application.test_client().options(address)
        assert offered.status_code == 204
        assert offered.headers["Tus-Version"] == offered.headers["Tus-Resumable"] == "1.0.0"
        assert offered.headers["Tus-Extension"] == "creation,creation-with-upload,expiration,termination"
        assert int(offered.headers["Tus-Max-Size"]) == 4096 * 2**20
    old = sender.patch(begun, 500, b"x", **{"Tus-Resumable": "0.2.2"})
    assert (old.status_code, old.headers["Tus-Version"]) == (412, "1.0.0")
    found = sender.head(begun)
    assert (found.headers["Upload-Length"], found.headers["Cache-Control"]) == ("900", "no-store")
    assert found.headers["Tus-Resumable"] == "1.0.0"
    other = sender.client.patch(begun, headers={**sender.headers, "Upload-Offset": "500"}, json={})
    assert other.status_code == 415
    overridden = {**sender.headers, "Upload-Offset": "500", "X-HTTP-Method-Override": "PATCH"}
    assert sender.client.post(begun, headers=overridden, data=b"x", content_type=BYTES).status_code == 204
    assert sender.client.post(begun, headers=sender.headers).status_code == 405


@pytest.mark.sqlite
def test_a_page_called_uploads_stays(client: FlaskClient, factory: Factory) -> None:
    factory.page("About uploads", slug="uploads")
    assert "About uploads" in client.get("/uploads/").text


def test_recovery_and_a_worker_may_be_faster(
    sender: Sender, page: Page, factory: Factory, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def receive(path: Path, *_arguments: Any) -> int:
        number = session.scalars(select(Upload.id)).one()
        session.rollback()
        factory.change(factory.upload_row(number), status=UploadStatus.COMPLETED, expires_at=None)
        path.unlink()
        raise receiving.Gone

    monkeypatch.setattr(receiving, "receive", receive)
    data = mediabytes.png(10)
    answer = sender.create(len(data), data, page=page.id, filename="a.png")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(data)))


def test_an_editor_has_only_so_many_open(sender: Sender, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    data = mediabytes.png(10)
    assert sender.create(len(data) + 1, data, page=page.id, filename="a.png").status_code == 201
    monkeypatch.setattr(receiving, "MOST_OPEN", 1)
    answer = sender.create(len(data), data, page=page.id, filename="b.png")
    assert (answer.status_code, "Too many of your uploads" in answer.text) == (409, True)


def test_a_disk_without_room_refuses_before_anything_is_sent(
    sender: Sender, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "RESERVE", 2**60)
    assert sender.create(10, b"0123456789", page=page.id, filename="a.png").status_code == 507


@pytest.mark.sqlite
def test_only_files_may_be_large(signed_in: FlaskClient, sender: Sender) -> None:
    body = b'{"digest": "' + b"0" * 5_000_000 + b'"}'
    answer = signed_in.post("/uploads/known", data=body, headers=sender.headers, content_type="application/json")
    assert answer.status_code == 413
