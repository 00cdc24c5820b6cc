"""A media store that cannot be reached: visitors are asked to come again, and are not told that a file is gone."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.media import folder_marks
from cms.media.models import MediaFile
from cms.media.storage import Storage
from tests.disk import on_disk
from tests.factories import Factory
from tests.media.storage.objects import Bucket, ObjectStore

SENTENCE = "The site cannot reach its media files. Please try again in a moment."


@pytest.fixture
def media_file(factory: Factory) -> MediaFile:
    return factory.media_file(b"bytes")


@pytest.fixture
def objects(app: Flask, storage: Storage, media_file: MediaFile, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    store = ObjectStore(Bucket())
    store.put(media_file.path, BytesIO(b"bytes"))
    monkeypatch.setitem(app.extensions, "storage", replace(storage, media=store))
    return store


@pytest.mark.parametrize("unanswered", ["HEAD", "GET"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_store_that_does_not_answer(
    client: FlaskClient, objects: ObjectStore, media_file: MediaFile, unanswered: str, language: str
) -> None:
    objects.bucket.unanswered = {unanswered}
    answer = client.get(media_file.url_path, headers={"Accept-Language": language})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "immutable" not in answer.headers.get("Cache-Control", "")
    assert (SENTENCE if language == "en" else "медиафайлам. Попробуйте") in answer.text
    assert "ConnectTimeout" not in answer.text
    objects.bucket.unanswered = set()
    assert client.get(media_file.url_path).data == b"bytes"


def test_an_address_that_cannot_be_asked_for(
    client: FlaskClient, objects: ObjectStore, media_file: MediaFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_path: str) -> str:
        raise OSError(errno.ENETUNREACH, "secret detail")

    monkeypatch.setattr(objects, "url", fails)
    answer = client.get(media_file.url_path)
    assert (answer.status_code, SENTENCE in answer.text, "secret detail" in answer.text) == (503, True, False)


@pytest.fixture
def unmount(storage: Storage) -> Iterator[Callable[[bool], None]]:
    """Take the media folder away, or leave an empty one in its place."""
    root = on_disk(storage)
    away = root.with_name("unmounted")

    def taken(is_folder_left: bool) -> None:
        root.rename(away)
        if is_folder_left:
            root.mkdir()

    yield taken
    if away.exists():
        if root.exists():
            root.rmdir()
        away.rename(root)


@pytest.mark.both_databases
@pytest.mark.parametrize("is_folder_left", [False, True])
def test_a_disk_that_is_not_mounted(
    client: FlaskClient,
    engine: Engine,
    storage: Storage,
    media_file: MediaFile,
    unmount: Callable[[bool], None],
    is_folder_left: bool,
) -> None:
    with Session(engine) as session:
        folder_marks.ensure(session, storage)
        session.commit()
    gone = str(Path(media_file.url_path).with_name("gone-0123456789ab.mp4"))
    assert client.get(gone).status_code == 404
    unmount(is_folder_left)
    for path in (media_file.url_path, gone):
        assert client.get(path).status_code == 503
    assert client.get("/media/notes.txt").status_code == 404, "nothing of the store's"
