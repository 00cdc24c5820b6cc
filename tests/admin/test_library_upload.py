"""Files that are uploaded into the library, for no item: in pieces, known before they are sent, and as a form."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from flask import Flask
from flask.testing import FlaskClient

from cms.accounts.policy import Role
from cms.database import now
from cms.media.models import MediaFile, Upload
from cms.media.storage import Storage
from cms.pages.attachments import LIBRARY
from cms.pages.models import ContentItem
from tests import mediabytes
from tests.admin.members import Member
from tests.admin.sender import Sender
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

Rows = Callable[[type[Any]], list[Any]]
FORM = "/admin/media/upload/"


@pytest.fixture
def sender(signed_in: FlaskClient, sent: list[int]) -> Sender:
    return Sender(signed_in)


def test_a_file_in_pieces_becomes_a_media_file_without_an_item(
    sender: Sender, work: Callable[[], None], all_of: Rows, video_bytes: bytes
) -> None:
    made = sender.create(len(video_bytes), video_bytes[:100], filename="the_pier.mp4", library=1)
    assert made.status_code == 201, made.text
    assert (made.json["upload"]["status"], made.json["item"]) == ("receiving", None)
    assert sender.patch(made.headers["Location"], 100, video_bytes[100:]).status_code == 204
    work()
    (upload,), (file,) = all_of(Upload), all_of(MediaFile)
    assert (upload.kind, upload.item_id, upload.media_file_id) == (LIBRARY, None, file.id)
    assert upload.owner == "editor@example.com"
    assert all_of(ContentItem) == []
    assert "the_pier" in sender.client.get("/admin/media/").text


@pytest.mark.parametrize(
    "name",
    ["silent.webm", "video.ts", "sound.mp3", "sound.webm", "sound.m4a", "picture.png", "document.pdf", "subtitles.srt"],
)
@pytest.mark.sqlite
def test_the_library_takes_all_that_items_take(
    sender: Sender, work: Callable[[], None], all_of: Rows, media_files: dict[str, Path], name: str
) -> None:
    data = media_files[name].read_bytes()
    assert sender.create(len(data), data, filename=name, library=1).status_code == 201
    work()
    assert [upload.status for upload in all_of(Upload)] == ["completed"]


def test_what_is_cancelled_leaves_nothing(sender: Sender, all_of: Rows, storage: Storage) -> None:
    address = sender.create(5000, mediabytes.png(), filename="dawn.png", library=1).headers["Location"]
    assert sender.delete(address).status_code == 204
    assert all_of(Upload) == []
    assert storage.staging.names() == []


@pytest.mark.sqlite
def test_what_no_kind_takes_is_refused_at_once(sender: Sender, all_of: Rows) -> None:
    refused = sender.create(256, bytes(range(256)), filename="notes.xyz", library=1)
    assert refused.status_code == 422
    assert "not of a supported type" in refused.json["detail"]
    assert all_of(Upload) == []


def test_what_is_known_is_there_and_comes_out_of_the_trash(
    sender: Sender, factory: Factory, all_of: Rows, sent: list[int]
) -> None:
    file = factory.media_file(family="image")

    def ask(what: str) -> Any:
        told = {"digest": file.digest, "filename": "dawn.png", "library": "1"}
        return sender.client.post(f"/uploads/{what}", json=told, headers=sender.headers)

    known = ask("known").json["known"]
    assert (known["there"], known["words"]) == (True, f"You have this already: {file}, on no page.")
    factory.change(file, deleted_at=now(), deleted_by="editor@example.com")
    assert ask("known").json["known"]["there"] is False
    used = ask("use")
    assert (used.status_code, used.json["upload"]["status"]) == (201, "completed")
    assert factory.reload(file).deleted_at is None
    assert [(upload.kind, upload.is_duplicate, upload.media_file_id) for upload in all_of(Upload)] == [
        (LIBRARY, True, file.id)
    ]
    assert sent == []


@pytest.mark.sqlite
def test_who_may_not_change_the_library_adds_nothing_to_it(app: Flask, factory: Factory, all_of: Rows) -> None:
    file = factory.media_file(family="image")
    members = [Member(app, factory, role) for role in (Role.AUTHOR, Role.VIEWER)]
    for member in members:
        assert 'id="uploads"' not in member.get("/admin/media/")
        assert "upload/" not in member.get("/admin/media/")
        assert member.client.get(FORM).status_code == 403
        assert member.post(FORM, file=(BytesIO(mediabytes.png()), "dawn.png")).status_code == 403
        headers = {"X-CSRFToken": member.token}
        told = {"digest": file.digest, "library": "1"}
        assert member.client.post("/uploads/use", json=told, headers=headers).status_code == 403
    sender = Sender(members[0].client)
    assert sender.create(5000, mediabytes.png(), filename="dawn.png", library=1).status_code == 403
    assert all_of(Upload) == []


def test_a_form_takes_several_files_and_names_those_that_it_refuses(
    signed_in: FlaskClient, work: Callable[[], None], all_of: Rows, storage: Storage
) -> None:
    picture, document = mediabytes.png(), mediabytes.pdf()
    files = [(BytesIO(picture), "dawn.png"), (BytesIO(document), "plan.pdf"), (BytesIO(bytes(range(256))), "x.xyz")]
    sent = {"csrf_token": csrf_token(signed_in, FORM), "file": files}
    told = signed_in.post(FORM, data=sent, follow_redirects=True).text
    assert "2 files are being checked, and will be in the library soon." in told
    assert "x.xyz: The file&#39;s contents are not of a supported type, whatever its name says." in told
    work()
    assert [(upload.filename, upload.status, upload.owner) for upload in all_of(Upload)] == [
        ("dawn.png", "completed", "editor@example.com"),
        ("plan.pdf", "completed", "editor@example.com"),
    ]
    assert {file.digest for file in all_of(MediaFile)} >= {blake3(document).hexdigest()}
    assert storage.staging.names() == []


@pytest.mark.sqlite
def test_a_form_without_files_asks_for_one(signed_in: FlaskClient, all_of: Rows) -> None:
    sent = {"csrf_token": csrf_token(signed_in, FORM), "file": (BytesIO(), "")}
    assert "Choose a file first." in signed_in.post(FORM, data=sent, follow_redirects=True).text
    assert all_of(Upload) == []
    assert "A file that nothing shows is deleted after 7 days." in signed_in.get(FORM).text
