"""A page's time of change covers the page and everything on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.database import now
from cms.media.storage import Storage
from cms.pages.models import Attachment, ContentItem, Page, kind_named
from tests.factories import Factory
from tests.media import uploading

pytestmark = pytest.mark.both_databases


@pytest.fixture
def moves(engine: Engine, factory: Factory) -> Callable[..., bool]:
    """Whether an action changed the pages' time of change: for all of them, or for none."""

    def tried(change: Callable[[Session], object], *pages: Page) -> bool:
        before = [_changed(factory, page) for page in pages]
        with Session(engine) as session:
            change(session)
            session.commit()
        moved = {_changed(factory, page) > time for page, time in zip(pages, before, strict=True)}
        assert len(moved) == 1
        return moved.pop()

    return tried


def _changed(factory: Factory, page: Page) -> datetime:
    found = factory.reload(page).updated_at
    assert isinstance(found, datetime)
    return found


def _set(item: ContentItem, **values: object) -> Callable[[Session], None]:
    def change(session: Session) -> None:
        row = session.get_one(ContentItem, item.id)
        for name, value in values.items():
            setattr(row, name, value)

    return change


def test_it_moves_with_an_item_that_comes_changes_and_goes(
    moves: Callable[..., bool], factory: Factory, page: Page, item: ContentItem
) -> None:
    assert moves(lambda session: session.add(kind_named("text")(page_id=page.id, title="New")), page)
    for values in ({"title": "Else"}, {"text": "of its own kind's table"}, {"order": 9}, {"is_active": False}):
        assert moves(_set(item, **values), page), values
    assert moves(lambda session: session.delete(session.get_one(ContentItem, item.id)), page)


def test_both_pages_change_when_an_item_moves(
    moves: Callable[..., bool], factory: Factory, page: Page, item: ContentItem
) -> None:
    other, third = factory.page(), factory.page()
    before = _changed(factory, third)
    assert moves(_set(item, page_id=other.id), page, other)
    assert _changed(factory, third) == before


def test_it_moves_when_a_file_is_completed_and_when_it_is_cleared(
    moves: Callable[..., bool], engine: Engine, storage: Storage, factory: Factory, upload_id: int
) -> None:
    upload = factory.upload_row(upload_id)
    page = factory.reload(Page(id=factory.reload(ContentItem(id=upload.item_id)).page_id))
    before = _changed(factory, page)
    claim = uploading.claimed(engine, upload_id)
    assert _changed(factory, page) == before, "nothing of that is to be seen yet"
    uploading.finish(engine, storage, claim, uploading.inspect(engine, storage, upload_id))
    assert _changed(factory, page) > before
    assert moves(lambda session: session.delete(session.get_one(Attachment, (upload.item_id, "video"))), page)


def test_it_stays_when_nothing_changes(moves: Callable[..., bool], page: Page, item: ContentItem) -> None:
    assert not moves(_set(item, title=item.title), page)
    assert not moves(lambda session: session.get(ContentItem, item.id), page)


def test_it_stays_when_the_change_is_rolled_back(moves: Callable[..., bool], page: Page, item: ContentItem) -> None:
    def change(session: Session) -> None:
        _set(item, title="Never")(session)
        session.flush()
        session.rollback()

    assert not moves(change, page)


def test_it_moves_once_with_all_that_one_transaction_does(
    engine: Engine, factory: Factory, page: Page, queries: list[str]
) -> None:
    items = [factory.item(page) for _ in range(5)]
    with Session(engine) as session:
        queries.clear()
        for order, row in enumerate(session.get_one(ContentItem, item.id) for item in items):
            row.order = -order
            session.flush()
        session.commit()
    assert len([query for query in queries if query.startswith("UPDATE page ")]) == 1


def test_a_page_that_is_deleted_with_its_items_is_gone(engine: Engine, factory: Factory, page: Page) -> None:
    factory.with_media(page, "video")
    with Session(engine) as session:
        row = session.get_one(Page, page.id)
        assert [item.attachments for item in row.items], "loaded, and deleted row by row"
        session.delete(row)
        session.commit()
    assert factory.reload(page) is None


@pytest.mark.postgresql
def test_the_later_commit_has_the_later_time(engine: Engine, factory: Factory, page: Page, item: ContentItem) -> None:
    """A transaction that waited for another one takes the time after waiting."""
    with Session(engine) as session:
        session.get(Page, page.id, with_for_update=True)
        waiting = uploading.in_thread(lambda: factory.change(item, title="Later"))
        assert uploading.waits(engine, waiting)
        earlier = now()
        session.commit()
    waiting.join()
    assert factory.reload(item).title == "Later"
    assert _changed(factory, page) > earlier
