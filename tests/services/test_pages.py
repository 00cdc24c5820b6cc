"""Pages listed, found and named; what becomes of them when they are deleted."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from cms.models import ContentItem, Page, kinds
from cms.services import pages
from cms.services.documents import Document
from tests.factories import Made

pytestmark = pytest.mark.both_databases


def test_the_list_has_the_newest_first(session: Session, made: Made) -> None:
    published = [made.page() for _ in range(5)]
    made.page(published=False)
    expected = [page.id for page in reversed(published)]
    listing = pages.page_listing(session, 1, 2)
    assert listing
    assert (listing.count, listing.last) == (5, 3)
    found = [document["id"] for number in (1, 2, 3) for document in _documents(session, number, 2)]
    assert found == expected


def test_pages_of_one_moment_come_in_a_fixed_order(session: Session, made: Made) -> None:
    moment = made.page().created_at
    for _ in range(5):
        made.page(created_at=moment)
    found = [document["id"] for number in (1, 2, 3) for document in _documents(session, number, 2)]
    assert found == sorted(found, reverse=True)


def test_the_list_ends(session: Session, made: Made) -> None:
    first = pages.page_listing(session, 1, 20)
    assert first
    assert (first.documents, first.count, first.last) == ([], 0, 1)
    assert pages.page_listing(session, 2, 20) is None
    session.commit()
    for _ in range(4):
        made.page()
    assert pages.page_listing(session, 2, 2)
    assert pages.page_listing(session, 3, 2) is None
    assert pages.page_listing(session, 10**6, 100) is None


def test_a_list_shows_items_as_the_page_does(session: Session, made: Made) -> None:
    page = made.page()
    for kind in kinds():
        made.with_media(page, kind.__tablename__, order=3)
        made.item(page, kind.__tablename__, order=1)
        made.item(page, kind.__tablename__, is_active=False)
    assert _documents(session, 1, 20) == [pages.page_document(session, page.id)]


def test_a_list_costs_as_many_queries_for_thirty_pages_as_for_one(
    session: Session, made: Made, queries: list[str]
) -> None:
    for _ in range(30):
        page = made.page()
        for kind in kinds():
            made.with_media(page, kind.__tablename__)
    spent = []
    for size in (1, 30):
        session.rollback()
        session.expunge_all()
        queries.clear()
        assert len(_documents(session, 1, size)) == size
        spent.append(len(queries))
    assert spent[0] == spent[1] <= 5 + len(kinds())


def _documents(session: Session, number: int, size: int) -> list[Document]:
    listing = pages.page_listing(session, number, size)
    assert listing
    return listing.documents


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("My Holiday", "my-holiday"),
        ("Страшные буквы", "strashnye-bukvy"),
        ("日本", "ri-ben"),
        ("!!!", "page"),
        ("🎬", "page"),
        ("Admin", "admin-2"),
        ("API", "api-2"),
        ("../../etc", "etc"),
        ("<b>Bold</b>", "b-bold-b"),
    ],
)
def test_a_slug_is_made_from_any_title(session: Session, title: str, slug: str) -> None:
    assert pages.slug_for(session, title) == slug


def test_a_slug_that_is_taken_gets_a_number(session: Session, made: Made) -> None:
    for slug in ("films", "films-2", "films-4", "films-and-more"):
        made.page(slug=slug)
    assert pages.slug_for(session, "Films") == "films-3"


def test_a_long_title_has_a_slug_that_fits(session: Session, made: Made) -> None:
    first = pages.slug_for(session, "long " * 51)
    session.commit()
    made.page(slug=first)
    second = pages.slug_for(session, "long " * 51)
    assert first != second
    assert max(len(first), len(second)) <= 255


def test_every_address_of_ours_is_reserved(app) -> None:  # type: ignore[no-untyped-def]
    """No page can take an address that the program answers, and the program none that a page could have."""
    first_parts = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    ours = {part for part in first_parts if part and not part.startswith("<")}
    assert ours - pages.RESERVED_SLUGS == set()


def test_a_new_item_goes_to_the_end(session: Session, made: Made) -> None:
    page, other = made.page(), made.page()
    assert pages.next_order(session, page.id) == 0
    session.commit()
    made.item(page, order=4)
    made.item(page, order=2)
    made.item(other, order=9)
    assert pages.next_order(session, page.id) == 5


def test_deleting_a_page_deletes_its_items(session: Session, made: Made) -> None:
    page = made.page()
    items = [made.with_media(page, kind.__tablename__) for kind in kinds()]
    session.delete(session.get_one(Page, page.id))
    session.commit()
    assert [session.get(ContentItem, item.id) for item in items] == [None] * len(items)
