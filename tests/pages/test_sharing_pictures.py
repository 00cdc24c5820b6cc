"""The picture that other sites show of a page is kept, replaced and brought back like one in a text."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.media.models import MediaFile
from cms.media.references import is_referenced
from cms.pages import drafts, file_trash, pages, replacing, revisions
from cms.pages.models import Page
from cms.pages.revisions import Action
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

ME = "editor@example.com"


@pytest.fixture
def picture(factory: Factory) -> MediaFile:
    file = factory.media_file(family="image")
    made = [{"path": "/derived/a-640.jpg", "width": 640, "height": 400, "mime_type": "image/jpeg"}]
    factory.change(file, width=1600, height=1000, derived={"poster": made})
    return file


def naming(file: MediaFile) -> str:
    return f"![]({file.url_path})"


def seen(session: Session, page: Page) -> dict[str, Any] | None:
    found = pages.page_document(session, page.id)
    session.rollback()
    assert found
    picture: dict[str, Any] | None = found["sharing_picture"]
    return picture


def test_it_is_in_the_document(session: Session, factory: Factory, picture: MediaFile) -> None:
    page, other = factory.page(sharing_picture=naming(picture)), factory.page()
    shown = seen(session, page)
    assert shown
    assert (shown["path"], shown["width"], shown["poster"][0]["width"]) == (picture.url_path, 1600, 640)
    assert seen(session, other) is None
    assert seen(session, factory.page(sharing_picture=naming(factory.media_file()))) is None, "it is no picture"


def test_it_is_kept_while_a_page_shows_it(session: Session, factory: Factory, picture: MediaFile) -> None:
    def is_kept() -> bool:
        found = session.query(MediaFile.id).filter(MediaFile.id == picture.id, is_referenced()).first()
        session.rollback()
        return found is not None

    page = factory.page(sharing_picture=naming(picture))
    assert is_kept()
    factory.change(page, sharing_picture="")
    assert not is_kept()


def test_one_in_the_trash_is_not_shown(session: Session, factory: Factory, picture: MediaFile) -> None:
    page = factory.page(sharing_picture=naming(picture))
    file_trash.discard(session, [picture.id], ME)
    session.commit()
    assert seen(session, page) is None


def test_it_waits_and_is_replaced(session: Session, factory: Factory, picture: MediaFile) -> None:
    new, other = (factory.media_file(family="image") for _ in range(2))
    page = factory.page(sharing_picture=naming(picture))
    row = session.get_one(Page, page.id)
    before = drafts.begin(session, row)
    row.sharing_picture = naming(other)
    revisions.keep(session, row, ME, Action.EDITED, row.title)
    drafts.hold(session, row, before)
    session.commit()
    shown = seen(session, page)
    assert shown
    assert shown["path"] == picture.url_path
    again = factory.page(sharing_picture=naming(picture))
    expected = replacing.count_places(session, [picture.id])[picture.id]
    replacing.replace(session, session.get_one(MediaFile, picture.id), session.get_one(MediaFile, new.id), ME, expected)
    session.commit()
    for each in (page, again):
        shown = seen(session, each)
        assert shown
        assert shown["path"] == new.url_path


def test_other_sites_are_told_of_it(client: FlaskClient, factory: Factory, picture: MediaFile) -> None:
    factory.page(slug="dawn", sharing_picture=naming(picture))
    html = client.get("/dawn/").text
    assert '<meta property="og:image" content="http://localhost/derived/a-640.jpg">' in html
    assert 'content="summary_large_image"' in html
    small = factory.media_file(family="image")
    factory.page(slug="noon", sharing_picture=naming(small))
    assert f'content="http://localhost{small.url_path}"' in client.get("/noon/").text, "it has no poster"
    factory.page(slug="dusk")
    assert "og:image" not in client.get("/dusk/").text
