"""Versions for browsers: for which files, how they are made, and what pages and editors are told meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.extensions import db
from cms.media.derivatives import deriving, ffmpeg
from cms.media.derivatives.models import Derivative, DerivativeStatus
from cms.media.derivatives.recipe import Cost, cost
from cms.media.derivatives.recipes import rendition
from cms.media.models import MediaFile
from cms.media.storage import Storage
from cms.messages import InvalidInput
from cms.pages.models import ContentItem
from tests import mediabytes
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.derivatives.conftest import Rows, Work
from tests.media.derivatives.films import corners, film
from tests.media.derivatives.test_recipes import looked_at


def made(source: Path) -> tuple[MediaFile, list[str]]:
    """The row of the file that is made of another, and which of its tracks are encoded."""
    folder = source.with_suffix(".made")
    folder.mkdir()
    found = rendition.make(source, folder, lambda _percent: None)
    [file] = found.files
    return looked_at(folder / file.name), found.facts["encoded"]


def row(**columns: object) -> MediaFile:
    known = {"container": "matroska", "video_codec": "h264", "audio_codec": "aac", "playable": False}
    return MediaFile(**(known | {"unplayable": ["container"]} | columns))


def test_it_is_for_what_browsers_do_not_play_and_can_be_read() -> None:
    assert rendition.is_for(row())
    assert rendition.is_for(row(video_codec=None))
    assert not rendition.is_for(row(playable=True, unplayable=[]))
    assert not rendition.is_for(row(playable=None, unplayable=None))
    for hopeless in ("empty", "unreadable", "encrypted"):
        assert not rendition.is_for(row(unplayable=[hopeless, "container"]))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, Cost.MEDIUM),
        ({"audio_codec": "ac3"}, Cost.MEDIUM),
        ({"video_codec": None, "audio_codec": "alac"}, Cost.MEDIUM),
        ({"video_codec": "hevc"}, Cost.SLOW),
        ({"unplayable": ["bit_depth"]}, Cost.SLOW),
    ],
)
def test_only_encoding_pictures_is_slow(columns: dict[str, object], expected: Cost) -> None:
    assert cost(rendition, row(**columns)) is expected


def test_the_picture_is_turned_and_its_pixels_are_made_square(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mkv", [corners(80, 40)] * 2, container="matroska", aspect=Fraction(3, 2))
    found, encoded = made(source)
    assert (found.width, found.height, encoded) == (120, 40, []), "a copy is shown in the same shape"
    turned = mediabytes.make(tmp_path / "b.mp4", "mp4", "mpeg4", "aac", height=64, turned=90)
    found, encoded = made(turned)
    assert (found.width, found.height, encoded) == (64, 32, ["video"])


def test_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    found, _ = made(film(tmp_path / "a.avi", [corners(1200, 1300)], container="avi"))
    assert (found.width, found.height) == (1200, 1300), "a copy keeps its size"
    large = mediabytes.make(tmp_path / "b.mkv", "matroska", "mpeg4", None, height=8000)
    found, _ = made(large)
    assert (found.width, found.height) == (16, 3840)


def test_a_cover_is_no_picture(tmp_path: Path) -> None:
    found, encoded = made(mediabytes.make(tmp_path / "a.m4a", "mp4", None, "alac", cover=True))
    assert (found.video_codec, found.audio_codec, encoded) == (None, "aac", ["audio"])


def test_what_others_may_not_know_is_left_out(tmp_path: Path) -> None:
    source = mediabytes.make(tmp_path / "a.mkv", "matroska", "libx264", "aac", title="secret", chapters=[(0, 1, "one")])
    found, _ = made(source)
    assert found.facts
    assert (found.facts["tags"].get("title", ""), found.facts["chapters"]) == ("", [])


def test_what_cannot_be_copied_is_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    convert = ffmpeg.convert

    def refuse_copies(source: Path, arguments: list[str], *more: object) -> None:
        if "copy" in arguments:
            raise InvalidInput("no")
        convert(source, arguments, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(ffmpeg, "convert", refuse_copies)
    _, encoded = made(mediabytes.make(tmp_path / "a.mkv", "matroska", "libx264", "aac"))
    assert encoded == ["video", "audio"]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (b"junk", "does not play"),
        (("mp4", "mpeg4", "aac"), "does not play"),
        (("mp4", None, "aac"), "does not play"),
        (("mp4", "libx264", "aac"), "Only 1 of 10 seconds"),
    ],
    ids=["junk", "another codec", "no picture", "too short"],
)
def test_a_result_that_is_not_right_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: bytes | tuple[str, str | None, str], said: str
) -> None:
    def write(_source: Path, _arguments: list[str], target: Path, *_more: object) -> None:
        target.write_bytes(result) if isinstance(result, bytes) else mediabytes.make(target, *result)

    monkeypatch.setattr(ffmpeg, "convert", write)
    with pytest.raises(InvalidInput, match=said):
        made(film(tmp_path / "a.mkv", [corners(80, 40)] * 10, container="matroska"))


@pytest.fixture
def matroska(factory: Factory, engine: Engine, storage: Storage, media_files: dict[str, Path]) -> ContentItem:
    """An item on a published page, with a film that browsers do not play."""
    item = factory.item(factory.page(), "video")
    flow.complete(engine, storage, factory.upload(item, "video", "a.mkv", media_files["video.mkv"].read_bytes()))
    return item


@pytest.mark.both_databases
def test_the_page_shows_it_as_soon_as_it_is_there(
    app: Flask, client: FlaskClient, matroska: ContentItem, work: Work, rows: Rows
) -> None:
    def change(what: Callable[[Session, Derivative], None]) -> None:
        with app.app_context():
            what(db.session(), db.session.get_one(Derivative, rows()["rendition"].id))
            db.session.commit()

    def file() -> dict[str, object]:
        answer = client.get(f"/api/page/content/{matroska.page_id}/").json
        assert answer
        return answer["contents"][0]["video_file"]  # type: ignore[no-any-return]

    assert (file()["playable"], file()["sources"], file()["preparing"]) == (False, [], True)
    change(deriving.cancel)
    assert file()["preparing"] is False
    change(deriving.retry)
    assert file()["preparing"] is True
    done = work("rendition")
    assert done
    assert (done.status, done.started_at is not None) == (DerivativeStatus.READY, True)
    [source] = file()["sources"]  # type: ignore[misc]
    assert (source["mime_type"], source["width"], file()["preparing"]) == ("video/mp4", 32, False)
    answer = client.get(source["path"], headers={"Range": "bytes=4-7"})
    assert (answer.status_code, answer.mimetype, answer.data) == (206, "video/mp4", b"ftyp")
    page = client.get(f"/api/page/content/{matroska.page_id}/").json
    assert page
    assert f' src="{source["path"]}"' in client.get(urlsplit(page["url"]).path).text


@pytest.mark.both_databases
def test_editors_are_told_how_far_it_is(
    signed_in: FlaskClient, matroska: ContentItem, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> str:
        return signed_in.get("/admin/media/").text

    assert "Browsers do not play this: the container is Matroska (MKV). A version for browsers is being made." in told()
    monkeypatch.setattr(ffmpeg, "setting", "/gone/ffmpeg")
    ffmpeg._missing.cache_clear()
    failed = work("rendition")
    assert failed
    assert failed.status == DerivativeStatus.FAILED
    reason = "FFMPEG: there is no /gone/ffmpeg."
    assert f"There is no version for browsers. {reason}" in told()
    assert f"Versions for browsers cannot be made. {reason}" in signed_in.get("/admin/").text
    assert signed_in.get("/readyz").json["notes"] == {"ffmpeg": reason}  # type: ignore[index]
