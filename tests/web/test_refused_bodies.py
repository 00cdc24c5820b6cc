"""A refused body is read to its end, within limits: a client that is cut off while sending never reads the answer."""

from __future__ import annotations

import errno
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from cms.media.storage.staging import Staging
from cms.web import errors
from tests.conftest import csrf_token

FORM = "/admin/video/new/"
BOUNDED = "multipart/form-data; boundary=x"


class Endless(BytesIO):
    """A body of a terabyte. After ``breaks_after`` bytes its sender disconnects."""

    def __init__(self, breaks_after: int = 2**30) -> None:
        super().__init__()
        self.taken = 0
        self._breaks_after = breaks_after
        self._position = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size, "this would be all of it"
        assert 0 < size <= 2**20, "too much at once"
        if self.taken >= self._breaks_after:
            raise ConnectionResetError
        self.taken += size
        return bytes(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = 2**40 if whence else offset
        return self._position

    def tell(self) -> int:
        """The test client reads the length by this method."""
        return self._position


@pytest.fixture
def send(signed_in: FlaskClient) -> Callable[..., tuple[Any, int]]:
    """Send an editor's form. Return the answer, and how many bytes of the body were left unread."""
    token = csrf_token(signed_in)

    def post(field: str, value: bytes) -> tuple[Any, int]:
        content = FileStorage(BytesIO(value), "a.mp4") if field.endswith("_file") else value.decode()
        body, length, boundary = stream_encode_multipart({"csrf_token": token, field: content})
        kind = f"multipart/form-data; boundary={boundary}"
        return signed_in.post(FORM, input_stream=body, content_length=length, content_type=kind), len(body.read())

    return post


@pytest.mark.parametrize(
    ("field", "size"),
    [("video_file", 2**20), ("video_file", 5 * 2**20), ("title", 3 * 2**20)],
    ids=["a file, in its midst", "a file, by the length of the body", "a text"],
)
def test_what_is_too_large_is_read_to_its_end(
    send: Callable[..., tuple[Any, int]], with_settings: Callable[..., None], field: str, size: int
) -> None:
    with_settings(max_upload_bytes=1000)
    answer, unread = send(field, b"x" * size)
    assert answer.status_code == 413
    assert unread == 0


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EDQUOT])
def test_what_finds_no_room_is_read_to_its_end(
    send: Callable[..., tuple[Any, int]], monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(fault, "full")

    monkeypatch.setattr(Staging, "receive", full)
    answer, unread = send("video_file", bytes(2**20))
    assert answer.status_code == 507
    assert unread == 0


def test_it_is_not_read_for_ever(signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "DRAINED", 3 * 2**20 + 1)
    body = Endless()
    answer = signed_in.post(FORM, input_stream=body, content_type=BOUNDED)
    assert answer.status_code == 413
    assert body.taken == errors.DRAINED


def test_a_sender_who_is_gone_ends_it(signed_in: FlaskClient) -> None:
    body = Endless(breaks_after=2**21)
    answer = signed_in.post(FORM, input_stream=body, content_type=BOUNDED)
    assert answer.status_code == 413
    assert body.taken == 2**21


def test_of_a_visitors_nothing_is_read(client: FlaskClient) -> None:
    """Otherwise a client without permission could occupy a thread by sending files."""
    body = Endless()
    answer = client.post("/login", input_stream=body, content_type=BOUNDED)
    assert answer.status_code == 413
    assert body.taken == 0
