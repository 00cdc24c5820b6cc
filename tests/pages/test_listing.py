"""The list of published pages is complete, newest first, and costs the same at every position."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cms.pages import pages
from cms.pages.documents import PageDocument
from cms.pages.listing import PublishedBlock, page_listing
from cms.pages.models import Page, kinds
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def test_the_list_has_the_newest_first(session: Session, factory: Factory) -> None:
    published = [factory.page() for _ in range(5)]
    factory.page(published=False)
    expected = [page.id for page in reversed(published)]
    listing = page_listing(session, 1, 2)
    assert listing
    assert (listing.count, listing.last) == (5, 3)
    found = [document["id"] for number in (1, 2, 3) for document in _documents(session, number, 2)]
    assert found == expected


def test_pages_of_one_moment_come_in_a_fixed_order(session: Session, factory: Factory) -> None:
    moment = factory.page().created_at
    for _ in range(5):
        factory.page(created_at=moment)
    found = [document["id"] for number in (1, 2, 3) for document in _documents(session, number, 2)]
    assert found == sorted(found, reverse=True)


def test_the_list_ends(session: Session, factory: Factory) -> None:
    first = page_listing(session, 1, 20)
    assert first
    assert (first.documents, first.count, first.last) == ([], 0, 1)
    assert page_listing(session, 2, 20) is None
    session.commit()
    for _ in range(4):
        factory.page()
    assert page_listing(session, 2, 2)
    assert page_listing(session, 3, 2) is None
    assert page_listing(session, 10**6, 100) is None


def test_a_list_shows_items_as_the_page_does(session: Session, factory: Factory) -> None:
    page = factory.page()
    for kind in kinds():
        factory.with_media(page, kind.__tablename__, order=3)
        factory.item(page, kind.__tablename__, order=1)
        factory.item(page, kind.__tablename__, is_active=False)
    assert _documents(session, 1, 20) == [pages.page_document(session, page.id)]


def test_a_list_costs_as_many_queries_for_ten_pages_as_for_one(
    session: Session, factory: Factory, queries: list[str]
) -> None:
    for _ in range(10):
        page = factory.page()
        for kind in kinds():
            factory.with_media(page, kind.__tablename__)
    spent = []
    for size in (1, 10):
        session.rollback()
        session.expunge_all()
        queries.clear()
        assert len(_documents(session, 1, size)) == size
        spent.append(len(queries))
    assert spent[0] == spent[1] <= 5 + len(kinds())


def _documents(session: Session, number: int, size: int) -> list[PageDocument]:
    listing = page_listing(session, number, size)
    assert listing
    return listing.documents


def test_blocks_are_passed_over_and_not_a_page_is_lost(session: Session, factory: Factory) -> None:
    """The ids have gaps and span several blocks, one of them without published pages."""
    ids = [1, 2, 999, 1000, 1001, 3500, 3999, 4000, 7000]
    for id_ in ids:
        factory.page(id=id_)
    factory.page(id=2500, published=False)
    for size in (1, 2, 3, 4, 20):
        numbers = range(1, -(-len(ids) // size) + 1)
        found = [document["id"] for number in numbers for document in _documents(session, number, size)]
        assert found == ids[::-1]
        assert page_listing(session, numbers.stop, size) is None


def test_the_database_itself_keeps_count(session: Session, factory: Factory) -> None:
    """This holds for any change of the table, by any statement."""

    def counted() -> int:
        session.rollback()
        listing = page_listing(session, 1, 20)
        assert listing
        assert listing.count == sum(session.scalars(select(PublishedBlock.pages)))
        assert [document["id"] for document in listing.documents] == [page.id for page in _published(session)]
        return listing.count

    shown, draft = factory.page(), factory.page(published=False)
    assert counted() == 1
    for published, expected in ((True, 2), (True, 2), (False, 0), (False, 0), (True, 2)):
        session.execute(update(Page).values(is_published=published))
        session.commit()
        assert counted() == expected
    session.execute(update(Page).values(title=Page.title + "!"))
    session.commit()
    assert counted() == 2
    session.delete(session.get_one(Page, draft.id))
    session.commit()
    assert counted() == 1
    session.execute(update(Page).where(Page.id == shown.id).values(is_published=False))
    session.rollback()
    assert counted() == 1


def _published(session: Session) -> list[Page]:
    return list(session.scalars(select(Page).where(Page.is_published).order_by(Page.id.desc())))
