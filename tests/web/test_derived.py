"""Derived files as visitors get them, and the pages and the JSON that name them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms.extensions import db
from cms.media.derivatives import working
from cms.media.derivatives.models import TYPES, Derivative
from cms.media.storage import Storage
from cms.pages import documents
from cms.pages.models import Page
from tests.disk import derived_on_disk
from tests.factories import Factory
from tests.media import uploading as flow

Shown = Callable[[str, str], Page]


@pytest.fixture
def shown(app: Flask, factory: Factory, engine: Engine, storage: Storage, media_files: dict[str, Path]) -> Shown:
    """A page that shows a file, with all that is made of it."""

    def make(kind: str, name: str) -> Page:
        page = factory.page(slug="it")
        upload_id = factory.upload(factory.item(page, kind), kind, name, media_files[name].read_bytes())
        flow.complete(engine, storage, upload_id)
        with Session(engine) as session:
            ids = session.scalars(select(Derivative.id)).all()
        with app.app_context():
            for id_ in ids:
                working.work(db.session(), id_, storage, None)
        return page

    return make


def file_of(client: FlaskClient, page: Page, slot: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/page/content/{page.id}/").json["contents"][0][f"{slot}_file"]
    return found


def test_a_film_has_its_poster_in_the_json_and_on_the_page(client: FlaskClient, shown: Shown) -> None:
    page = shown("video", "video.mp4")
    file = file_of(client, page, "video")
    assert [(one["width"], one["height"], one["mime_type"]) for one in file["poster"]] == [
        (32, 32, "image/webp"),
        (32, 32, "image/jpeg"),
    ]
    size = {"width": 32, "height": 32}
    assert file["sources"] == [{"path": file["path"], "mime_type": "video/mp4", **size}]
    assert (file["captions"], file["waveform"], file["width"], file["height"]) == ([], None, 32, 32)
    text = client.get("/it/").text
    assert f'width="32" height="32" poster="{file["poster"][0]["path"]}"' in text


def test_a_recording_has_its_cover_and_its_waveform(client: FlaskClient, shown: Shown) -> None:
    file = file_of(client, shown("audio", "cover.m4a"), "audio")
    assert [one["mime_type"] for one in file["poster"]] == ["image/webp", "image/jpeg"]
    answer = client.get(file["waveform"])
    assert answer.content_type == "application/json"
    assert json.loads(answer.data)["version"] == 2


def test_below_a_path_of_the_site(
    client: FlaskClient, shown: Shown, app: Flask, storage: Storage, engine: Engine
) -> None:
    page = shown("audio", "cover.m4a")
    with Session(engine) as session:
        [document] = documents.read(session, documents.WITH_ID, id=page.id)
    file = documents.placed(document, "/site", "en")["contents"][0]["audio_file"]
    paths = [file["path"], file["waveform"], *(one["path"] for one in file["poster"] + file["sources"])]
    assert [path.split("/")[1] for path in paths] == ["site"] * 5


def test_a_picture_is_cached_for_good_and_may_do_nothing(client: FlaskClient, shown: Shown, storage: Storage) -> None:
    path = file_of(client, shown("video", "video.mp4"), "video")["poster"][0]["path"]
    data = derived_on_disk(storage, path.removeprefix("/derived/")).read_bytes()
    answer = client.get(path)
    assert (answer.status_code, answer.data, answer.content_type) == (200, data, "image/webp")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    tag = answer.headers["ETag"]
    assert not tag.startswith("W/")
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    part = client.get(path, headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.data) == (206, data[2:6])


def test_two_files_of_one_derivative_have_two_tags(client: FlaskClient, shown: Shown) -> None:
    poster = file_of(client, shown("video", "video.mp4"), "video")["poster"]
    assert len({client.get(one["path"]).headers["ETag"] for one in poster}) == 2


@pytest.mark.parametrize(
    "path",
    [
        "notes.txt",
        ".making/1-00/32.webp",
        "0b/0b8a1f6f7c2d/poster-1-1-0123456789abcdef-32.webp",
        "0b/0b8a1f6f7c2d/poster-1-1-0123456789abcdef-32.html",
        "0b/0b8a1f6f7c2d/../../../media/x",
    ],
)
def test_nothing_else_of_the_folder_is_handed_out(client: FlaskClient, storage: Storage, path: str) -> None:
    if path.endswith(("txt", "html")) or path.startswith("."):
        there = derived_on_disk(storage, path)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(b"secret")
    assert client.get(f"/derived/{path}").status_code == 404


def test_nginx_serves_every_type_of_derived_file() -> None:
    configuration = (Path(__file__).parents[2] / "deploy/nginx/derived.conf").read_text()
    extensions = re.search(r"\(\?:([a-z0-9|]+)\)\)\$", configuration)
    assert extensions
    assert extensions[1].split("|") == sorted(TYPES)
    assert {extension: kind for kind, extension in re.findall(r"(\w+/[\w.]+) +(\w+);", configuration)} == TYPES
