"""An item's form: the title from a file's name, its position on the page, and the message after saving."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.models import UploadStatus
from cms.pages.models import ContentItem, Page
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases
RUSSIAN = {"Accept-Language": "ru"}


def save(client: FlaskClient, address: str, page: Page, **fields: Any) -> Any:
    form = {"csrf_token": csrf_token(client), "page": page.id, "is_active": "y", **fields}
    return client.post(address, data=form)


def only_item(session: Session) -> ContentItem:
    session.rollback()
    item = session.scalars(select(ContentItem).execution_options(populate_existing=True)).one()
    session.commit()
    return item


def test_a_title_left_empty_is_the_name_of_the_first_file(
    signed_in: FlaskClient, factory: Factory, session: Session, video_bytes: bytes
) -> None:
    page = factory.page()
    files = {
        "subtitles_file": (BytesIO(b"x"), "words.srt"),
        "video_file": (BytesIO(video_bytes), "My_harbour__tour.mp4"),
    }
    assert save(signed_in, "/admin/video/new/", page, title=" ", **files).status_code == 302
    item = only_item(session)
    assert item.title == "My harbour tour"
    address = f"/admin/video/edit/?id={item.id}"
    assert save(signed_in, address, page, title="", video_file=(BytesIO(video_bytes), "Ёлка.mp4")).status_code == 302
    assert only_item(session).title == "Ёлка"
    assert save(signed_in, address, page, title="Typed", video_file=(BytesIO(video_bytes), "b.mp4")).status_code == 302
    assert only_item(session).title == "Typed"


@pytest.mark.parametrize("files", [{}, {"video_file": (b"x", "___.mp4")}], ids=["no file", "no name"])
def test_without_a_title_or_a_file_name_the_form_comes_back(
    signed_in: FlaskClient, factory: Factory, session: Session, files: dict[str, Any]
) -> None:
    sent = {name: (BytesIO(data), filename) for name, (data, filename) in files.items()}
    answer = save(signed_in, "/admin/video/new/", factory.page(), title="", **sent)
    assert "Please fill in the title or choose a file." in answer.text
    assert session.scalars(select(ContentItem)).all() == []


def test_browsers_let_a_title_be_empty_only_where_a_file_can_name_it(signed_in: FlaskClient) -> None:
    required = {
        kind: bool(re.search(r'<input[^>]*name="title"[^>]*required', signed_in.get(f"/admin/{kind}/new/").text))
        for kind in ("video", "audio", "text", "page")
    }
    assert required == {"video": False, "audio": False, "text": True, "page": True}


def test_file_choosers_offer_what_the_slot_accepts(signed_in: FlaskClient) -> None:
    text = signed_in.get("/admin/video/new/").text
    found = re.findall(r'<input accept="([^"]*)"[^>]*name="(\w+_file)"', text)
    accepted = {name: types for types, name in found}
    assert accepted["subtitles_file"] == accepted["tracks_file"] == ".ass,.srt,.ssa,.vtt"
    assert {"video/*", ".mkv", ".mov"} <= {*accepted["video_file"].split(",")}


def test_an_item_that_moves_to_another_page_comes_last_there(
    signed_in: FlaskClient, factory: Factory, session: Session
) -> None:
    here, there = factory.page(), factory.page()
    item = factory.item(here, order=1)
    for order in (1, 2, 5):
        factory.item(there, order=order)
    address = f"/admin/text/edit/?id={item.id}"
    assert save(signed_in, address, there, title="Moved", order=1).status_code == 302
    assert factory.reload(item).order == 6
    assert save(signed_in, address, there, title="Stays", order=6).status_code == 302
    assert factory.reload(item).order == 6
    assert save(signed_in, address, here, title="Back, to a chosen place", order=3).status_code == 302
    assert (factory.reload(item).page_id, factory.reload(item).order) == (here.id, 3)


def test_orders_count_from_one(signed_in: FlaskClient, factory: Factory, session: Session) -> None:
    page = factory.page()
    for title in ("First", "Second"):
        assert save(signed_in, "/admin/text/new/", page, title=title).status_code == 302
    items = session.scalars(select(ContentItem).order_by(ContentItem.id)).all()
    session.commit()  # which expires nothing
    assert [item.order for item in items] == [1, 2]
    order = {"csrf_token": csrf_token(signed_in), "id": page.id}
    order["item"] = [item.id for item in reversed(items)]
    assert signed_in.post("/admin/page/reorder/", data=order).status_code == 200
    assert [factory.reload(item).order for item in items] == [2, 1]


def test_the_reason_stands_under_the_badge_and_not_shown_in_place_of_the_tick(
    signed_in: FlaskClient, factory: Factory, upload_id: int
) -> None:
    upload = factory.upload_row(upload_id)
    item = factory.reload(ContentItem(id=upload.item_id))
    factory.change(upload, status=UploadStatus.FAILED, reason="The file is empty.")
    for address in ("/admin/", "/admin/video/", f"/admin/page/edit/?id={item.page_id}"):
        text = signed_in.get(address).text
        assert (
            f'Failed</span> <small class="why" data-reason="upload-{upload_id}">The file is empty.</small>' in text
        ), address
    cell = re.compile(rf'<div id="active-{item.id}" data-live>(.*?)</div>', re.DOTALL)
    assert cell.findall(signed_in.get("/admin/video/").text)[0].startswith("Not shown <small")
    assert ">Not shown</span> <small" in signed_in.get(f"/admin/page/edit/?id={item.page_id}").text
    factory.attached(factory.item(factory.page(), "video", title="Seen"), "video", factory.media_file())
    factory.change(item, is_active=False)
    assert "Not shown" not in signed_in.get("/admin/video/").text


@pytest.mark.parametrize(
    ("kind", "english", "russian"),
    [
        ("page", "Page {}.", "Страница {}а."),
        ("video", "Video {}.", "Видео {}о."),
        ("audio", "Audio {}.", "Аудио {}о."),
        ("text", "Text {}.", "Текст {}."),
    ],
)
def test_what_is_saved_and_deleted_is_named_with_a_link(
    signed_in: FlaskClient, factory: Factory, kind: str, english: str, russian: str
) -> None:
    page = factory.page(slug="here")
    row = page if kind == "page" else factory.item(page, kind)
    answer = save(signed_in, f"/admin/{kind}/edit/?id={row.id}", page, title="New", slug="here", is_published="y")
    assert answer.status_code == 302
    told = signed_in.get("/admin/").text
    assert english.format("saved") in told
    assert '<a href="/here/" target="_blank" rel="noopener">View the page</a>' in told
    form = {"csrf_token": csrf_token(signed_in), "id": row.id}
    assert signed_in.post(f"/admin/{kind}/delete/", data=form, headers=RUSSIAN).status_code == 302
    assert russian.format("удалён" if kind == "text" else "удален") in signed_in.get("/admin/", headers=RUSSIAN).text
    assert factory.reload(row).deleted_by == "editor@example.com"
    assert signed_in.post(f"/admin/{kind}/delete/", data=form).status_code == 302
    assert "This no longer exists." in signed_in.get("/admin/").text


def test_of_a_draft_the_preview_is_linked(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page(published=False)
    save(signed_in, "/admin/text/new/", page, title="New")
    assert (
        f'<a href="/admin/page/preview/?id={page.id}" target="_blank" rel="noopener">Preview</a>'
        in signed_in.get("/admin/").text
    )
