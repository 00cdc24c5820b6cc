"""The library of media files: searched by words, filtered by kind and date, with all uses of a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms import current
from cms.admin import media_page
from cms.media.models import MediaFile, Upload
from cms.pages.models import ContentItem
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def listed(signed_in: FlaskClient, session: Session) -> Callable[..., list[int]]:
    """The ids of the files in the list, newest first."""

    def ask(**query: Any) -> list[int]:
        answer = signed_in.get("/admin/media/", query_string=query)
        assert answer.status_code == 200
        session.rollback()
        found = session.query(MediaFile).order_by(MediaFile.id.desc())
        return [file.id for file in found if file.digest in answer.text]

    return ask


def uploaded(factory: Factory, item: ContentItem, filename: str, file: MediaFile) -> None:
    """An upload that was deduplicated into the file."""
    factory.change(factory.upload_row(factory.upload(item, "video", filename, b"x")), media_file_id=file.id)


def test_it_is_searched_by_every_name_that_a_file_was_uploaded_under(
    factory: Factory, listed: Callable[..., list[int]]
) -> None:
    one, other = factory.media_file(), factory.media_file()
    item = factory.item(factory.page(), "video")
    uploaded(factory, item, "Гавань 1.mp4", one)
    uploaded(factory, item, "Harbour tour.mp4", one)
    uploaded(factory, item, "100%_x.mp4", other)
    for text in ("гав", "ГАВАНЬ 1.MP4", "harbour T", "tour гавань", "our"):
        assert listed(search=text) == [one.id], text
    assert listed(search="100%") == [other.id]
    assert listed(search="1%") == listed(search="harbour 100") == []
    assert listed(search=one.digest[:20].upper()) == [one.id]


def test_it_is_searched_by_the_pages_that_show_a_file(factory: Factory, listed: Callable[..., list[int]]) -> None:
    here, there = factory.page("Ёлки"), factory.page("Ships")
    one, other = factory.media_file(), factory.media_file()
    factory.attached(factory.item(here, "video"), "video", one)
    for _ in range(2):
        factory.attached(factory.item(there, "video"), "video", one)
    factory.attached(factory.item(there, "video"), "video", other)
    assert listed(search="ёлк") == [one.id]
    assert listed(search="ships") == [other.id, one.id]


def test_it_is_filtered_by_kind(factory: Factory, listed: Callable[..., list[int]]) -> None:
    files = {
        family: factory.media_file(family=family) for family in ("video", "audio", "subtitles", "image", "document")
    }
    sound = factory.media_file(family="video")  # as in a transport stream without pictures
    factory.change(sound, mime_type="video/mp2t", audio_codec="mp3")
    factory.change(files["video"], video_codec="h264", audio_codec="aac")
    for family, file in files.items():
        expected = [sound.id, file.id] if family == "audio" else [file.id]
        assert listed(flt0_kind_is=family) == expected, family
    assert listed(flt0_kind_is="nonsense") == []


def test_it_is_filtered_by_the_days_of_the_sites_time_zone(
    app: Flask, factory: Factory, listed: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        monkeypatch.setattr(current.view_counter(), "zone", ZoneInfo("Asia/Krasnoyarsk"))  # seven hours ahead
    moments = [datetime(2026, 3, 3, 16, 59, tzinfo=UTC), datetime(2026, 3, 3, 17, tzinfo=UTC)]
    moments += [datetime(2026, 3, 4, 16, 59, tzinfo=UTC), datetime(2026, 3, 4, 17, tzinfo=UTC)]
    a, b, c, d = [factory.media_file() for _ in moments]
    for file, moment in zip((a, b, c, d), moments, strict=True):
        factory.change(file, created_at=moment)
    assert listed(flt0_date_on="2026-03-04") == [c.id, b.id]
    assert listed(flt0_date_from="2026-03-04") == [d.id, c.id, b.id]
    assert listed(flt0_date_until="2026-03-04") == [c.id, b.id, a.id]
    assert listed(flt0_date_from="2026-03-04", flt1_date_until="2026-03-04") == [c.id, b.id]


@pytest.mark.parametrize("value", ["", "yesterday", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_told_in_words(signed_in: FlaskClient, value: str) -> None:
    answer = signed_in.get("/admin/media/", query_string={"flt0_date_on": value})
    assert answer.status_code == 200
    assert "is not a valid value for the filter" in answer.text


def test_a_files_own_page_has_all_its_uses(
    signed_in: FlaskClient, factory: Factory, monkeypatch: pytest.MonkeyPatch, queries: list[str]
) -> None:
    monkeypatch.setattr(media_page, "USES_SHOWN", 2)
    file, page = factory.media_file(), factory.page("A <page>")
    items = [factory.item(page, "video", title=f"Item {number}") for number in range(3)]
    for item in items:
        factory.attached(item, "video", file)
    uploaded(factory, items[0], "Harbour.mp4", file)
    address = f"/admin/media/details/?id={file.id}"
    first, second = signed_in.get(address).text, signed_in.get(f"{address}&page=1").text
    use = (
        '<a href="/admin/page/edit/?id={}">A &lt;page&gt;</a> › <a href="/admin/page/edit/?id={}#item-{}-title">{}</a>'
    )
    for text, shown in ((first, items[:2]), (second, items[2:])):
        assert [item for item in items if use.format(page.id, page.id, item.id, item.title) in text] == shown
        assert all(words in text for words in ("Harbour.mp4", file.digest, "<small>3</small>"))
    queries.clear()
    signed_in.get(address)
    before = len(queries)
    for _ in range(20):
        factory.attached(factory.item(factory.page(), "video"), "video", file)
    monkeypatch.setattr(media_page, "USES_SHOWN", 100)
    queries.clear()
    assert signed_in.get(address).text.count("›</") == 0
    assert len(queries) == before


def test_an_upload_is_found_in_any_case_on_both_databases(
    signed_in: FlaskClient, factory: Factory, session: Session
) -> None:
    item = factory.item(factory.page(), "video")
    factory.upload(item, "video", "Ёлка.mp4", b"x")
    assert ">Ёлка.mp4<" in signed_in.get("/admin/upload/?search=ёЛ").text.replace("\n", "").replace(" ", "")
    assert session.scalars(select(Upload.filename_key)).one() == "ёлка.mp4"
