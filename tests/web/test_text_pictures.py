"""Pictures within texts come in the sizes that were made of them, as soon as they were made."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.extensions import db
from cms.media.models import MediaFile
from cms.pages import pages, text_files
from cms.pages.documents import PageDocument
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def change(app: Flask, file: MediaFile, **values: Any) -> None:
    """As a worker does it: cached pages are told."""
    with app.app_context():
        found = db.session.get_one(MediaFile, file.id)
        for name, value in values.items():
            setattr(found, name, value)
        db.session.commit()


def made(width: int) -> dict[str, Any]:
    return {"path": f"/derived/a-{width}.webp", "width": width, "height": width, "mime_type": "image/webp"}


@pytest.mark.parametrize("is_of_item", [False, True])
def test_a_page_shows_what_was_made_meanwhile(
    app: Flask, client: FlaskClient, factory: Factory, is_of_item: bool
) -> None:
    file = factory.media_file(family="image")
    text = f"![A lamp](/media/{file.path})"
    page = factory.page(slug="lamps", text="" if is_of_item else text)
    if is_of_item:
        factory.item(page, "text", text=text)
    assert f'<img src="/media/{file.path}" alt="A lamp">' in client.get("/lamps/").text
    change(app, file, width=2000, height=1000, probe_version=99)
    assert 'width="2000" height="1000"' in client.get("/lamps/").text
    change(app, file, derived={"poster": [made(320), made(640)]})
    shown = client.get("/lamps/").text
    assert 'srcset="/derived/a-320.webp 320w, /derived/a-640.webp 640w"' in shown
    change(app, file, facts={"animated": True}, derived={"poster": [made(320)]})
    assert f'src="/media/{file.path}"' in client.get("/lamps/").text
    assert client.get("/api/page/content/").status_code == 200


def document_of(session: Session, page_id: int) -> PageDocument:
    found = pages.page_document(session, page_id)
    assert found
    return found


def test_texts_without_pictures_cost_nothing(session: Session, factory: Factory, queries: list[str]) -> None:
    page = factory.page(text="Words, and `media`.")
    factory.item(page, "text", text="![Elsewhere](https://example.com/a.png)")
    document = document_of(session, page.id)
    queries.clear()
    assert text_files.pictures(session, document, "") == {}
    assert queries == []


def test_many_cost_one_statement(session: Session, factory: Factory, queries: list[str]) -> None:
    files = [factory.media_file(family="image") for _ in range(3)]
    for file in files:
        factory.change(file, width=20, height=10)
    page = factory.page(text=f"![](/media/{files[0].path})")
    factory.item(page, "text", text=f"![](/media/{files[1].path}) [A film](/media/{files[2].path})")
    document = document_of(session, page.id)
    queries.clear()
    assert len(text_files.pictures(session, document, "")) == 3
    assert len(queries) == 1
