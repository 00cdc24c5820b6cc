"""Another file takes one's place in all slots that show it, and gives it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media import garbage
from cms.media.models import MediaFile, Upload
from cms.media.references import is_referenced
from cms.pages import drafts, replacing, trash
from cms.pages.models import Attachment, ContentItem, Page
from cms.pages.replacement_models import Replacement
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def post(client: FlaskClient, address: str, **values: Any) -> str:
    sent = {"csrf_token": csrf_token(client), **values}
    return client.post(f"/admin/media/{address}", data=sent, follow_redirects=True).text


def replaced(client: FlaskClient, file: MediaFile, successor: MediaFile, count: int) -> str:
    return post(client, "replace/", id=file.id, count=count, **{"with": successor.id})


def shown(factory: Factory, item: ContentItem, slot: str = "picture") -> int | None:
    with Session(factory.engine) as session:
        return session.get_one(Attachment, (item.id, slot)).media_file_id


@pytest.fixture
def files(factory: Factory) -> tuple[MediaFile, MediaFile]:
    return factory.media_file(family="image"), factory.media_file(family="image")


@pytest.fixture
def items(factory: Factory, files: tuple[MediaFile, MediaFile]) -> list[ContentItem]:
    """Two items on one page and one on another, with the first file."""
    pages = [factory.page("Sea"), factory.page("Land")]
    items = [factory.item(page, "picture") for page in (pages[0], pages[0], pages[1])]
    for item in items:
        factory.attached(item, "picture", files[0])
    return items


def test_it_changes_every_place_after_a_look_at_them(
    signed_in: FlaskClient, factory: Factory, files: tuple[MediaFile, MediaFile], items: list[ContentItem]
) -> None:
    old, new = files
    several = factory.item(factory.page("Mine"), "gallery")
    factory.attached(several, "pictures:a", old, position=1, texts={"alt": "Mine"})
    with Session(factory.engine) as session:
        trash.discard(session, session.get_one(ContentItem, items[1].id), "editor")
        session.commit()
    before = signed_in.get(f"/api/page/content/{items[0].page_id}/").json["contents"][0]["picture_path"]
    chooser = signed_in.get(f"/admin/media/replace/?id={old.id}").text
    assert f"/admin/media/replace/?id={old.id}&amp;with={new.id}" in chooser
    told = signed_in.get(f"/admin/media/replace/?id={old.id}&with={new.id}").text
    assert "Replace in 4 places" in told
    assert "in the trash" in told
    assert all(title in told for title in ("Sea", "Land", "Mine"))
    answer = replaced(signed_in, old, new, 4)
    assert "is shown in 4 places now." in answer
    assert all(shown(factory, item) == new.id for item in items)
    assert shown(factory, several, "pictures:a") == new.id
    after = signed_in.get(f"/api/page/content/{items[0].page_id}/").json["contents"][0]
    assert before == old.url_path
    assert after["picture_path"] == new.url_path
    assert signed_in.get(f"/api/page/content/{several.page_id}/").json["contents"][0]["pictures"][0]["alt"] == "Mine"
    assert [factory.reload(item).version for item in items] == [2, 3, 2]
    history = signed_in.get(f"/admin/history/?id={items[2].page_id}").text
    assert f"Replaced everywhere: {old.filename}" in history
    assert "Before the first change" in history


def test_undo_puts_back_what_still_shows_the_successor(
    signed_in: FlaskClient, factory: Factory, files: tuple[MediaFile, MediaFile], items: list[ContentItem]
) -> None:
    (old, new), third = files, factory.media_file(family="image")
    had_it_before = factory.item(factory.page(), "picture")
    factory.attached(had_it_before, "picture", new)
    answer = replaced(signed_in, old, new, 3)
    [number] = set(re.findall(r'name="replacement" value="(\d+)"', answer))
    with Session(factory.engine) as session:
        session.get_one(Attachment, (items[1].id, "picture")).media_file_id = third.id
        session.delete(session.get_one(ContentItem, items[2].id))
        session.commit()
    undone = post(signed_in, "replace/undo/", replacement=number)
    assert "The file is back in 1 place." in undone
    assert "1 place shows something else by now" in undone
    assert [shown(factory, item) for item in (items[0], items[1], had_it_before)] == [old.id, third.id, new.id]
    assert factory.reload(items[0]).version == 3
    assert "This has been undone already." in post(signed_in, "replace/undo/", replacement=number)
    assert "This cannot be undone any more." in post(signed_in, "replace/undo/", replacement="99999")


def test_undo_reaches_visitors_of_a_page_whose_changes_wait(
    signed_in: FlaskClient, factory: Factory, files: tuple[MediaFile, MediaFile], items: list[ContentItem]
) -> None:
    """Also where the draft shows another file by now, so that no row of the page is changed."""
    (old, new), third, page_id = files, factory.media_file(family="image"), items[2].page_id
    [number] = set(re.findall(r'name="replacement" value="(\d+)"', replaced(signed_in, old, new, 3)))
    with Session(factory.engine) as session:
        page = session.get_one(Page, page_id)
        found = drafts.begin(session, page)
        session.get_one(Attachment, (items[2].id, "picture")).media_file_id = third.id
        drafts.hold(session, page, found)
        session.commit()

    def seen() -> str:
        path: str = signed_in.get(f"/api/page/content/{page_id}/").json["contents"][0]["picture_path"]
        return path

    assert seen() == new.url_path
    post(signed_in, "replace/undo/", replacement=number)
    assert seen() == old.url_path


def test_subtitles_come_back_with_their_encoding(signed_in: FlaskClient, factory: Factory, engine: Any) -> None:
    item = factory.item(factory.page(), "video")
    old, new = (factory.media_file(family="subtitles") for _ in range(2))
    upload = factory.upload(item, "subtitles", "old.srt", b"x")
    factory.change(factory.upload_row(upload), status="completed", media_file_id=old.id)
    with Session(engine) as session:
        attachment = session.get_one(Attachment, (item.id, "subtitles"))
        attachment.media_file_id, attachment.encoding, attachment.source = old.id, "cp1251", b"abc"
        session.commit()
    answer = replaced(signed_in, old, new, 1)
    with Session(engine) as session:
        attachment = session.get_one(Attachment, (item.id, "subtitles"))
        assert (attachment.encoding, attachment.source, attachment.upload_id) == (None, None, None)
    [number] = set(re.findall(r'name="replacement" value="(\d+)"', answer))
    post(signed_in, "replace/undo/", replacement=number)
    with Session(engine) as session:
        attachment = session.get_one(Attachment, (item.id, "subtitles"))
        assert (attachment.encoding, attachment.source, attachment.upload_id) == ("cp1251", b"abc", upload)


def test_what_was_replaced_is_kept_while_that_can_be_undone(
    signed_in: FlaskClient, factory: Factory, files: tuple[MediaFile, MediaFile], items: list[ContentItem]
) -> None:
    old, new = files
    replaced(signed_in, old, new, 3)
    with Session(factory.engine) as session:
        session.execute(Replacement.__table__.metadata.tables["revision_file"].delete())
        session.commit()
        kept = select(MediaFile.id).where(is_referenced())
        assert old.id in session.scalars(kept).all()
        replacing.forget_old(session, timedelta(days=1))
        assert old.id in session.scalars(kept).all()
        replacing.forget_old(session, timedelta())
        assert old.id not in session.scalars(kept).all()
        assert garbage.count_unreferenced(session) == 1


@pytest.mark.parametrize(
    ("family", "count", "sentence"),
    [
        ("video", 3, "is a file of another kind: it does not fit there."),
        ("itself", 3, "This is the same file: there is nothing to replace."),
        ("image", 2, "The places that show this file have changed meanwhile."),
        ("private", 3, "is a file of another kind: it does not fit there."),
    ],
)
def test_what_is_refused_changes_nothing(
    signed_in: FlaskClient,
    factory: Factory,
    files: tuple[MediaFile, MediaFile],
    items: list[ContentItem],
    family: str,
    count: int,
    sentence: str,
) -> None:
    old, new = files
    if family == "private":
        factory.change(new, path=f"originals/{new.path}")
    successor = {"video": factory.media_file(), "itself": old}.get(family, new)
    assert sentence in replaced(signed_in, old, successor, count)
    assert [shown(factory, item) for item in items] == [old.id] * 3
    assert [factory.reload(item).version for item in items] == [1] * 3


def test_a_file_that_is_uploaded_for_it(
    app: Flask,
    signed_in: FlaskClient,
    factory: Factory,
    files: tuple[MediaFile, MediaFile],
    items: list[ContentItem],
    work: Callable[[], None],
) -> None:
    data = BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, "PNG")
    data.seek(0)
    text = post(signed_in, "replace/", id=files[0].id, file=(data, "Red.png"))
    assert "Nothing is replaced yet." in text
    work()
    with Session(factory.engine) as session:
        upload = session.scalars(select(Upload).order_by(Upload.id.desc())).first()
        assert upload is not None
        assert upload.media_file is not None
        assert (upload.status, upload.item_id) == ("completed", None)
        new = upload.media_file
    told = signed_in.get(f"/admin/media/replace/?id={files[0].id}&upload={upload.id}").text
    assert "Replace in 3 places" in told
    assert "is shown in 3 places now." in replaced(signed_in, files[0], new, 3)
    assert shown(factory, items[2]) == new.id
    assert "Red.png" in signed_in.get("/admin/upload/").text


def test_a_file_of_another_kind_is_refused_by_its_bytes(
    signed_in: FlaskClient,
    files: tuple[MediaFile, MediaFile],
    items: list[ContentItem],
    work: Callable[[], None],
    session: Session,
) -> None:
    post(signed_in, "replace/", id=files[0].id, file=(BytesIO(b"WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n"), "no.png"))
    work()
    upload_id = session.scalars(select(Upload.id)).one()
    session.rollback()
    text = signed_in.get(f"/admin/media/replace/?id={files[0].id}&upload={upload_id}").text
    assert "The file is" in text
    assert "Choose another file" in text
    assert "Choose a file first." in post(signed_in, "replace/", id=files[0].id)


def test_a_file_in_texts_alone_is_replaced_there(
    signed_in: FlaskClient, factory: Factory, files: tuple[MediaFile, MediaFile]
) -> None:
    old, new = files
    item = factory.item(factory.page("Sea"), "text", title="Waves", text=f"![Dawn]({old.url_path})")
    assert f"/admin/media/replace/?id={old.id}" in signed_in.get(f"/admin/media/details/?id={old.id}").text
    told = signed_in.get(f"/admin/media/replace/?id={old.id}&with={new.id}").text
    assert "Replace in 1 place" in told
    assert "Waves</a>" in told
    assert "in its text" in told
    answer = replaced(signed_in, old, new, 1)
    assert "is shown in 1 place now." in answer
    assert signed_in.get(f"/api/page/content/{item.page_id}/").json["contents"][0]["text"] == f"![Dawn]({new.url_path})"
    [number] = set(re.findall(r'name="replacement" value="(\d+)"', answer))
    assert "The file is back in 1 place." in post(signed_in, "replace/undo/", replacement=number)
    assert signed_in.get(f"/api/page/content/{item.page_id}/").json["contents"][0]["text"] == f"![Dawn]({old.url_path})"
