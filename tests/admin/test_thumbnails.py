"""Pictures of files in lists and forms: the smallest that there is, in a constant number of queries."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from cms.media.derivatives.models import Derivative
from cms.media.models import MediaFile
from cms.pages.models import ContentItem
from tests.factories import Factory

PICTURES = [
    {"path": f"/derived/p-{width}.webp", "width": width, "height": width // 2, "mime_type": "image/webp"}
    for width in (320, 640)
]
IMAGE = '<img src="/derived/p-320.webp" width="320" height="160" alt="" loading="lazy" decoding="async">'

pytestmark = pytest.mark.both_databases


@pytest.fixture
def item(factory: Factory) -> ContentItem:
    return factory.item(factory.page(), "video")


def shown(factory: Factory, item: ContentItem) -> MediaFile:
    """A file with a poster in the item, with its upload."""
    file = factory.media_file()
    factory.attached(item, "video", file)
    upload = factory.upload_row(factory.upload(item, "video", "a.mp4", b"a"))
    factory.change(upload, status="completed", media_file_id=file.id)
    factory.change(file, derived={"poster": PICTURES}, video_codec="h264", width=64, height=32)
    return file


def places(item: ContentItem) -> list[str]:
    forms = [f"/admin/video/edit/?id={item.id}", f"/admin/page/edit/?id={item.page_id}"]
    return ["/admin/", "/admin/video/", "/admin/media/", "/admin/upload/", *forms]


def test_files_are_seen_wherever_they_are_named(signed_in: FlaskClient, factory: Factory, item: ContentItem) -> None:
    file = shown(factory, item)
    for address in places(item):
        assert IMAGE in signed_in.get(address).text, address
    factory.change(file, derived=None)
    for address in places(item):
        text = signed_in.get(address).text
        icon = '<span class="fa fa-film" aria-hidden="true"></span>'
        assert f'<span class="thumbnail" data-picture="{file.id}" data-final="0">{icon}</span>' in text, address


def test_a_picture_that_is_made_meanwhile_is_told(signed_in: FlaskClient, factory: Factory) -> None:
    file = factory.media_file()
    row = factory.kept(Derivative(media_file_id=file.id, recipe="poster", version=1))

    def state() -> list[dict[str, Any]]:
        return signed_in.get(f"/admin/status/?picture={file.id}&picture=0").json

    waiting = {"work": "picture", "id": file.id, "picture": None, "final": False}
    assert state() == [waiting]
    factory.change(row, status="skipped")
    assert state() == [{**waiting, "final": True}]
    factory.change(file, derived={"poster": PICTURES})
    assert state() == [
        {**waiting, "final": True, "picture": {"path": "/derived/p-320.webp", "width": 320, "height": 160}}
    ]


def test_what_the_file_is_stands_under_its_name(signed_in: FlaskClient, factory: Factory, item: ContentItem) -> None:
    shown(factory, item)
    for address in places(item):
        assert "MP4 · H.264 · 64×32" in signed_in.get(address).text, address


def test_an_item_without_a_file_has_the_icon_of_its_kind(signed_in: FlaskClient, item: ContentItem) -> None:
    assert '<span class="thumbnail"><span class="fa fa-film"' in signed_in.get("/admin/video/").text


def test_more_rows_take_no_more_queries(
    signed_in: FlaskClient, factory: Factory, item: ContentItem, queries: list[str]
) -> None:
    def count(address: str) -> int:
        queries.clear()
        assert signed_in.get(address).status_code == 200
        return len(queries)

    shown(factory, item)
    before = {address: count(address) for address in places(item)}
    for _ in range(5):
        shown(factory, factory.item(factory.page(), "video"))
    assert {address: count(address) for address in places(item)} == before
