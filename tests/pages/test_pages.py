"""Pages: finding them, their slugs, and deleting them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from cms.pages import pages
from cms.pages.models import ContentItem, Page, kinds
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


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


def test_a_slug_that_is_taken_gets_a_number(session: Session, factory: Factory) -> None:
    for slug in ("videos", "videos-2", "videos-4", "videos-and-more"):
        factory.page(slug=slug)
    assert pages.slug_for(session, "Videos") == "videos-3"


def test_a_long_title_has_a_slug_that_fits(session: Session, factory: Factory) -> None:
    first = pages.slug_for(session, "long " * 51)
    session.commit()
    factory.page(slug=first)
    second = pages.slug_for(session, "long " * 51)
    assert first != second
    assert max(len(first), len(second)) <= 255


def test_every_address_of_ours_is_reserved(app) -> None:  # type: ignore[no-untyped-def]
    """No page can take an address of the program, and no other slug is reserved."""
    first_parts = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    ours = {part for part in first_parts if part and not part.startswith("<")}
    assert ours - pages.RESERVED_SLUGS == set()


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("0", 0), ("007", 7), ("2147483647", 2**31 - 1)])
def test_a_text_that_writes_an_id(text: str, number: int) -> None:
    assert pages.parse_id(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", " 1", "1\n", "１", "²", "x", "2147483648", "9" * 5000])
def test_a_text_that_writes_none(text: str) -> None:
    assert pages.parse_id(text) is None


def test_a_new_item_goes_to_the_end(session: Session, factory: Factory) -> None:
    page, other = factory.page(), factory.page()
    assert pages.next_order(session, page.id) == 1
    session.commit()
    factory.item(page, order=4)
    factory.item(page, order=2)
    factory.item(other, order=9)
    assert pages.next_order(session, page.id) == 5


def test_behind_the_largest_order_there_is_no_larger_one(session: Session, factory: Factory) -> None:
    page = factory.page()
    factory.item(page, order=pages.MAX_ID)
    order = pages.next_order(session, page.id)
    session.commit()
    assert factory.item(page, order=order).order == pages.MAX_ID


def test_deleting_a_page_deletes_its_items(session: Session, factory: Factory) -> None:
    page = factory.page()
    items = [factory.with_media(page, kind.__tablename__) for kind in kinds()]
    session.delete(session.get_one(Page, page.id))
    session.commit()
    assert [session.get(ContentItem, item.id) for item in items] == [None] * len(items)
