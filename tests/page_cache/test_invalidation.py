"""A committed edit is visible at once wherever it is shown; a rolled-back edit never is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cms.extensions import db
from cms.pages.models import ContentItem, Page
from cms.tasks import process_upload
from tests.factories import Factory
from tests.media.uploading import in_thread

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("address", ["/api/page/content/{id}/", "/api/page/content/", "/it/", "/"])
def test_an_edit_is_read_at_once(
    client: FlaskClient, edit: Callable[..., None], page: Page, item: ContentItem, address: str
) -> None:
    address = address.format(id=page.id)
    for number in range(3):
        assert client.get(address).status_code == 200
        edit(page, title=f"New {number}")
        assert f"New {number}" in client.get(address).text


@pytest.mark.parametrize("address", ["/api/page/content/{id}/", "/api/page/content/", "/it/"])
def test_every_kind_of_change_is_read_at_once(
    app: Flask, client: FlaskClient, factory: Factory, edit: Callable[..., None], page: Page, address: str
) -> None:
    address = address.format(id=page.id)
    assert "Added" not in client.get(address).text
    with app.app_context():
        db.session.add(added := ContentItem.__subclasses__()[0](title="Added", page_id=page.id))
        for name in added.columns():
            if name.endswith("_url"):
                setattr(added, name, "https://example.com/x")
        db.session.commit()
        added_id = added.id
    assert "Added" in client.get(address).text
    with app.app_context():
        db.session.get_one(ContentItem, added_id).title = "Renamed"
        db.session.commit()
    assert "Renamed" in client.get(address).text
    with app.app_context():
        db.session.get_one(ContentItem, added_id).is_active = False
        db.session.commit()
    assert "Renamed" not in client.get(address).text
    with app.app_context():
        db.session.get_one(ContentItem, added_id).is_active = True
        db.session.commit()
    assert "Renamed" in client.get(address).text
    with app.app_context():
        db.session.delete(db.session.get_one(ContentItem, added_id))
        db.session.commit()
    assert "Renamed" not in client.get(address).text


@pytest.mark.parametrize("loaded", [True, False])
def test_an_item_that_moves_leaves_one_page_and_comes_to_the_other(
    app: Flask, client: FlaskClient, factory: Factory, page: Page, item: ContentItem, loaded: bool
) -> None:
    """This holds even if the session had not loaded its old page."""
    other = factory.page()

    def titles(of: Page) -> list[str]:
        return [found["title"] for found in client.get(f"/api/page/content/{of.id}/").json["contents"]]

    assert (titles(page), titles(other)) == (["Item"], [])
    with app.app_context():
        row = db.session.get_one(ContentItem, item.id)
        if not loaded:
            db.session.expire(row)
        row.page_id = other.id
        db.session.commit()
    assert (titles(page), titles(other)) == ([], ["Item"])


@pytest.mark.postgresql
def test_an_item_that_somebody_else_has_moved_is_read_at_once_where_it_is(
    app: Flask, client: FlaskClient, factory: Factory, page: Page, item: ContentItem
) -> None:
    """The edit loaded the old page. The item is moved, and read on its new page, before the edit is committed."""
    other = factory.page()
    seen: list[str] = []

    def read() -> None:
        contents = client.get(f"/api/page/content/{other.id}/").json["contents"]
        seen.extend(found["title"] for found in contents)

    with app.app_context():
        db.session.get_one(ContentItem, item.id).title = "Renamed"
        factory.change(item, page_id=other.id)
        in_thread(read).join()  # (in this thread it would use the editor's context, and end the transaction)
        db.session.commit()
    read()
    assert seen == ["Item", "Renamed"]


def test_a_finished_upload_is_read_at_once(
    app: Flask, client: FlaskClient, factory: Factory, media_files: dict[str, Path]
) -> None:
    page = factory.page()
    upload_id = factory.upload(factory.item(page, "video"), "video", "a.mp4", media_files["video.mp4"].read_bytes())
    address = f"/api/page/content/{page.id}/"
    assert client.get(address).json["contents"][0]["video_path"] is None
    with app.app_context():
        process_upload.run(upload_id)
    assert client.get(address).json["contents"][0]["video_path"].startswith("/media/")


@pytest.mark.parametrize("address", ["/api/page/content/{id}/", "/api/page/content/"])
def test_the_time_of_a_change_is_read_at_once(
    app: Flask,
    client: FlaskClient,
    factory: Factory,
    edit: Callable[..., None],
    page: Page,
    item: ContentItem,
    address: str,
) -> None:
    """This holds for every change on the page, including the deletion of an item."""

    def told() -> str:
        answer = client.get(address.format(id=page.id)).json
        return str((answer if "id" in answer else answer["results"][0])["updated_at"])

    def delete() -> None:
        with app.app_context():
            db.session.delete(db.session.get_one(ContentItem, item.id))
            db.session.commit()

    for change in (lambda: edit(item, title="New"), lambda: edit(item, order=5), lambda: edit(page, text="x"), delete):
        before = told()
        change()
        assert told() == factory.reload(page).updated_at.isoformat() > before


def test_a_page_that_is_taken_back_is_gone_at_once(client: FlaskClient, edit: Callable[..., None], page: Page) -> None:
    addresses = [f"/api/page/content/{page.id}/", "/it/"]
    for published, status in ((True, 200), (False, 404), (True, 200)):
        edit(page, is_published=published)
        for address in addresses:
            assert client.get(address).status_code == status


def test_a_new_slug_is_an_address_at_once_and_the_old_one_leads_there(
    client: FlaskClient, edit: Callable[..., None], page: Page
) -> None:
    client.get("/it/")
    edit(page, slug="that")
    assert (client.get("/it/").status_code, client.get("/it/").headers["Location"]) == (301, "/that/")
    assert client.get("/that/").status_code == 200


def test_a_rolled_back_edit_is_never_read(app: Flask, client: FlaskClient, page: Page) -> None:
    with app.app_context():
        db.session.get_one(Page, page.id).title = "Never"
        db.session.flush()
        db.session.rollback()
    assert client.get("/it/").status_code == 200
    assert "Never" not in client.get("/it/").text
