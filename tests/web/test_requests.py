"""A file is written once, straight into staging. If no upload names it, it is removed with its request."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.models import Upload
from cms.media.storage import Storage
from cms.media.storage.staging import StagedFile
from cms.pages import attachments
from cms.web import requests
from tests.conftest import csrf_token
from tests.factories import Factory


@pytest.fixture
def send(signed_in: FlaskClient, factory: Factory) -> Callable[..., Any]:
    """Send the form of a new video with some bytes as its file."""
    page = factory.page()

    def post(data: bytes, **fields: str) -> Any:
        form: dict[str, Any] = {"page": str(page.id), "title": "A video", "order": "0", "is_active": "y", **fields}
        form.setdefault("csrf_token", csrf_token(signed_in))
        form["video_file"] = (BytesIO(data), "film.mp4")
        return signed_in.post("/admin/video/new/", data=form)

    return post


def test_a_file_part_lies_in_staging_while_it_is_read(app: Flask, storage: Storage) -> None:
    data = {"file": (BytesIO(b"some bytes"), "a.bin")}
    with app.test_request_context("/", method="POST", data=data):
        stream = request.files["file"].stream
        assert isinstance(stream, StagedFile)
        assert stream.path.parent == storage.staging.root
        assert stream.size == 10
        assert request.files["file"].read() == b"some bytes"
        assert len(storage.staging.names()) == 1


def test_an_upload_keeps_its_bytes(send: Callable[..., Any], session: Session, storage: Storage) -> None:
    data = bytes(range(256)) * 1000
    answer = send(data)
    assert answer.status_code == 302, answer.text
    upload = session.scalars(select(Upload)).one()
    assert (upload.filename, upload.size, upload.status) == ("film.mp4", len(data), "pending")
    assert storage.staging.names() == [upload.staged_name]
    assert storage.staging.path(str(upload.staged_name)).read_bytes() == data


def test_an_upload_of_more_than_a_small_form_is_taken(
    send: Callable[..., Any], session: Session, storage: Storage
) -> None:
    size = 5 * 2**20
    assert send(bytes(size)).status_code == 302
    assert session.scalars(select(Upload.size)).one() == size


def test_a_form_that_is_refused_leaves_nothing(send: Callable[..., Any], session: Session, storage: Storage) -> None:
    answer = send(b"bytes", title="x" * 256)
    assert answer.status_code == 200, "the form again"
    assert storage.staging.names() == []
    assert session.scalars(select(Upload)).all() == []


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_a_form_without_its_token_leaves_nothing(send: Callable[..., Any], storage: Storage, token: str) -> None:
    assert send(b"bytes", csrf_token=token).status_code == 400
    assert storage.staging.names() == []


def test_a_file_that_is_too_large_leaves_nothing(
    send: Callable[..., Any], storage: Storage, session: Session, with_settings: Callable[..., None]
) -> None:
    with_settings(max_upload_bytes=1000)
    assert send(bytes(1001)).status_code == 413
    assert storage.staging.names() == []
    assert send(bytes(1000)).status_code == 302
    assert len(session.scalars(select(Upload)).all()) == 1


def test_a_part_that_nobody_asked_for_leaves_nothing(client: FlaskClient, storage: Storage) -> None:
    data = {"csrf_token": csrf_token(client), "email": "a@b", "password": "x", "file": (BytesIO(b"bytes"), "a.bin")}
    assert client.post("/login", data=data).status_code == 401
    assert client.post("/nothing/", data={"file": (BytesIO(b"bytes"), "a.bin")}).status_code == 405
    assert storage.staging.names() == []


def test_a_body_that_breaks_off_leaves_nothing(client: FlaskClient, storage: Storage) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\nhalf'
    answer = client.post("/login", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert storage.staging.names() == []


def test_of_a_form_for_the_admin_nothing_is_read_before_somebody_is_signed_in(client: FlaskClient) -> None:
    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("it would have waited")

        readline = readinto = read  # type: ignore[assignment]

    answer = client.post("/admin/text/new/", input_stream=Slow(b"x=1"), content_length=3, content_type="text/plain")
    assert answer.status_code == 302


def test_a_form_that_is_still_coming_holds_no_lock(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()

    class Slow(BytesIO):
        def readinto(self, buffer: Any) -> int:
            factory.change(page, title="Changed meanwhile")
            return super().readinto(buffer)

    form = b"csrf_token=" + csrf_token(signed_in).encode()
    kind = "application/x-www-form-urlencoded"
    answer = signed_in.post("/admin/text/new/", input_stream=Slow(form), content_length=len(form), content_type=kind)
    assert answer.status_code == 200, "the form is shown again: it has no title"
    assert factory.reload(page).title == "Changed meanwhile"


def test_a_visitor_may_not_send_much(client: FlaskClient, storage: Storage) -> None:
    answer = client.post("/login", data={"video_file": (BytesIO(bytes(3 * 2**20)), "a.mp4")})
    assert answer.status_code == 413
    assert storage.staging.names() == []


@pytest.mark.parametrize(("files", "status"), [(requests.MAX_FILES, 401), (requests.MAX_FILES + 1, 400)])
def test_many_files_at_once_leave_nothing(client: FlaskClient, storage: Storage, files: int, status: int) -> None:
    data: dict[str, Any] = {f"file{number}": (BytesIO(b"x"), "a.bin") for number in range(files)}
    answer = client.post("/login", data={"csrf_token": csrf_token(client), "email": "a@b", "password": "x", **data})
    assert answer.status_code == status
    assert storage.staging.names() == []


@pytest.mark.parametrize("disposition", ["form-data", 'form-data; filename="a.bin"'])
def test_a_part_without_a_name_is_refused(client: FlaskClient, storage: Storage, disposition: str) -> None:
    token = f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{csrf_token(client)}\r\n'
    body = f"{token}--x\r\nContent-Disposition: {disposition}\r\n\r\nbytes\r\n--x--\r\n"
    answer = client.post("/login", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert "The request could not be understood." in answer.text
    assert storage.staging.names() == []


def test_a_fault_leaves_nothing(
    send: Callable[..., Any], storage: Storage, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(attachments, "stage", fail)
    answer = send(b"bytes")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert storage.staging.names() == []
    assert session.scalars(select(Upload)).all() == []
