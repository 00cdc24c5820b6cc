"""A file of the library in a slot, without uploading it again."""

from __future__ import annotations

from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.models import Upload
from cms.pages.models import Attachment, ContentItem, Page
from cms.pages.revision_models import Revision
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def save(client: FlaskClient, address: str, page: Page, **values: Any) -> str:
    sent = {"csrf_token": csrf_token(client, address), "page": page.id, "title": "Sea", "order": 1, "is_active": "y"}
    return client.post(address, data={**sent, **values}, follow_redirects=True).text


def shown(factory: Factory, slot: str = "picture") -> tuple[int | None, int | None]:
    with Session(factory.engine) as session:
        found = session.scalars(select(Attachment).where(Attachment.slot == slot)).one()
        return found.media_file_id, found.upload_id


def test_a_new_item_shows_a_file_of_the_library_at_once(
    signed_in: FlaskClient, factory: Factory, page: Page, sent: list[int]
) -> None:
    file = factory.media_file(family="image")
    factory.change(file, title="The harbour")
    save(signed_in, "/admin/picture/new/", page, title="", picture_library=file.id)
    item = signed_in.get(f"/api/page/content/{page.id}/").json["contents"][0]
    assert (item["title"], item["picture_path"]) == ("The harbour", file.url_path)
    assert shown(factory) == (file.id, None)
    assert sent == []


def test_it_takes_the_place_of_another_and_an_upload_comes_before_it(
    signed_in: FlaskClient, factory: Factory, page: Page, sent: list[int]
) -> None:
    old, new = factory.media_file(family="image"), factory.media_file(family="image")
    item = factory.item(page, "picture")
    factory.attached(item, "picture", old)
    address = f"/admin/picture/edit/?id={item.id}"
    assert "data-pick" in signed_in.get(address).text
    save(signed_in, address, page, picture_library=new.id)
    assert shown(factory) == (new.id, None)
    save(signed_in, address, page, picture_library=old.id, picture_file=(BytesIO(b"GIF89a"), "x.gif"))
    with Session(factory.engine) as session:
        assert shown(factory) == (new.id, session.scalars(select(Upload.id)).one())
    save(signed_in, address, page, picture_library="")
    assert shown(factory)[0] == new.id


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("gone", "The file that was chosen from the library is gone."),
        ("junk", "The file that was chosen from the library is gone."),
        ("private", "The file that was chosen from the library is gone."),
        ("film", "is a file of another kind: it does not fit there."),
    ],
)
def test_a_file_that_does_not_fit_is_told(
    signed_in: FlaskClient, factory: Factory, page: Page, wrong: str, sentence: str
) -> None:
    private, film = factory.media_file(family="image"), factory.media_file()
    factory.change(private, path=f"originals/{private.path}")
    given: dict[str, object] = {"gone": 99999, "junk": "x'", "private": private.id, "film": film.id}
    text = save(signed_in, "/admin/picture/new/", page, picture_library=given[wrong])
    assert sentence in text
    assert 'value="Sea"' in text
    with Session(factory.engine) as session:
        assert session.scalars(select(ContentItem.id)).all() == []


def test_what_another_editor_has_put_there_is_a_conflict(signed_in: FlaskClient, factory: Factory, page: Page) -> None:
    files = [factory.media_file(family="image") for _ in range(3)]
    item = factory.item(page, "picture")
    factory.attached(item, "picture", files[0])
    address = f"/admin/picture/edit/?id={item.id}"
    old = signed_in.get(address).text
    seen = {name: _value(old, name) for name in ("version", "form_seen")}
    save(signed_in, address, page, title=item.title, picture_library=files[1].id)
    refused = save(signed_in, address, page, title=item.title, picture_library=files[2].id, **seen)
    assert "Changed in the meantime" in refused
    assert shown(factory)[0] == files[1].id
    assert f"Chosen from the library: {files[2]}" in refused


def _value(text: str, name: str) -> str:
    field = text.split(f'name="{name}"', 1)[1].split(">", 1)[0]
    return unescape(field.split('value="', 1)[1].split('"', 1)[0])


def test_several_files_are_added_at_once(signed_in: FlaskClient, factory: Factory, page: Page) -> None:
    files = [factory.media_file(family="image") for _ in range(3)]
    item = factory.item(page, "gallery", title="Sea")
    factory.attached(item, "pictures:a", files[0], position=1)
    address = f"/admin/gallery/edit/?id={item.id}"
    film = factory.media_file()
    for wrong in (f"{files[1].id},99999", f"{files[1].id},{film.id}", ",".join([str(files[0].id)] * 100)):
        assert "field-error" in save(signed_in, address, page, pictures_library=wrong)
    save(signed_in, address, page, pictures_library=f"{files[2].id},{files[1].id}")

    def pictures() -> list[str]:
        found = signed_in.get(f"/api/page/content/{page.id}/").json["contents"][0]["pictures"]
        return [picture["path"] for picture in found]

    assert pictures() == [files[number].url_path for number in (0, 2, 1)]


def test_items_are_made_of_several_files(signed_in: FlaskClient, factory: Factory, page: Page, sent: list[int]) -> None:
    first, last = (factory.item(page, title=title, order=order) for order, title in ((1, "First"), (2, "Last")))
    picture, film, gone = factory.media_file(family="image"), factory.media_file(), factory.media_file()
    factory.change(picture, title="v1.2 of it")
    factory.change(film, video_codec="h264")
    factory.change(gone, deleted_at=page.created_at)

    def post(*files: int, **values: Any) -> Any:
        form = {"csrf_token": csrf_token(signed_in), "id": page.id, "file": list(files), **values}
        return signed_in.post("/admin/page/from-library/", data=form)

    for files, values, status in (
        ([], {}, 422),
        ([picture.id, gone.id], {}, 422),
        ([picture.id, 99999], {}, 422),
        ([picture.id], {"id": 99999}, 404),
    ):
        assert post(*files, **values).status_code == status
    answer = post(film.id, picture.id, after=first.id)
    assert answer.status_code == 200, answer.text
    with Session(factory.engine) as session:
        items = session.get_one(Page, page.id).items
        assert [item.content_type for item in items] == ["text", "video", "picture", "text"]
        assert [item.id for item in items[1:3]] == answer.json["items"]
        assert items[2].title == "v1.2 of it"
        assert items[3].id == last.id
        assert [item.is_complete for item in items] == [True] * 4
        assert [row.action for row in session.scalars(select(Revision).order_by(Revision.id))] == ["found", "added"]
    assert sent == []
