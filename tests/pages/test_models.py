"""What the tables guarantee on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from cms.database import search_key
from cms.media.models import MediaFile, Upload
from cms.pages.models import Attachment, ContentItem, Page, kind_named, kinds
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    ("title", "prefix", "found"),
    [
        ("Holiday", "holi", True),
        ("Holiday", "HOLIDAY", True),
        ("Holiday", "day", False),
        ("ПРИВЕТ, мир", "привет", True),
        ("Ёлка", "ёл", True),
        ("straße", "STRASSE", True),
        ("ΣΊΣΥΦΟΣ", "σίσυφος", True),
        ("café", "cafe\u0301", True),
        ("100% pure", "100%", True),
        ("100 pure", "100%", False),
        ("a_b", "a_", True),
        ("acb", "a_", False),
        ("back\\slash", "back\\", True),
        ("anything", "", True),
        ("🎬 film", "🎬", True),
    ],
)
def test_titles_are_found_by_their_beginning_case_blind_in_any_alphabet(
    session: Session, factory: Factory, title: str, prefix: str, found: bool
) -> None:
    page = factory.page(title)
    assert (session.scalar(select(Page.id).where(Page.title_starts_with(prefix))) == page.id) is found


def test_the_search_key_follows_the_title(session: Session, factory: Factory) -> None:
    page = factory.page("Before")
    factory.change(page, title="AFTER")
    assert factory.reload(page).title_key == search_key("AFTER") == "after"


@pytest.mark.parametrize("column", ["title", "slug"])
def test_titles_and_slugs_of_pages_are_unique(factory: Factory, column: str) -> None:
    factory.page("One", slug="one")
    with pytest.raises(IntegrityError):
        factory.page(**{"title": "Two", "slug": "two", column: getattr(factory.page("Three", slug="three"), column)})


def test_titles_of_items_are_not_unique(factory: Factory) -> None:
    page = factory.page()
    assert factory.item(page, title="Same").id != factory.item(page, title="Same").id


def test_no_id_is_given_twice(session: Session, factory: Factory) -> None:
    """Counters and cached responses are kept by id."""
    page = factory.page()
    item = factory.item(page)
    for row in (item, page):
        session.delete(session.get_one(type(row), row.id))
    session.commit()
    again = factory.page()
    assert again.id > page.id
    assert factory.item(again).id > item.id


def test_moments_come_back_aware_and_in_utc(factory: Factory) -> None:
    moment = datetime(2026, 5, 6, 7, 8, 9, 123456, tzinfo=timezone(timedelta(hours=7)))
    found = factory.reload(factory.page(created_at=moment)).created_at
    assert found == moment
    assert found.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(factory: Factory) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        factory.page(created_at=datetime(2026, 5, 6))


def test_a_change_moves_updated_at(factory: Factory) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    page = factory.page(updated_at=long_ago)
    factory.change(page, text="new")
    assert factory.reload(page).updated_at > long_ago


def test_a_media_file_that_is_shown_cannot_be_deleted(session: Session, factory: Factory) -> None:
    file = factory.media_file()
    factory.attached(factory.item(factory.page(), "video"), "video", file)
    session.delete(session.get_one(MediaFile, file.id))
    with pytest.raises(IntegrityError):
        session.commit()


def test_a_digest_has_one_row(factory: Factory) -> None:
    factory.media_file(b"same")
    with pytest.raises(IntegrityError):
        factory.media_file(b"same")


def test_deleting_an_item_keeps_its_file_and_the_record_of_its_upload(session: Session, factory: Factory) -> None:
    item = factory.item(factory.page(), "video")
    upload_id = factory.upload(item, "video", "a.mp4", b"x")
    file = factory.media_file()
    factory.attached(factory.item(factory.page(), "video"), "video", file)
    session.delete(session.get_one(ContentItem, item.id))
    session.commit()
    assert session.get(Attachment, (item.id, "video")) is None
    assert session.get_one(Upload, upload_id).item_id is None
    assert session.get(MediaFile, file.id)


def test_rows_that_belong_together_go_together_without_the_orm(session: Session, factory: Factory) -> None:
    page = factory.page()
    for kind in kinds():
        factory.with_media(page, kind.__tablename__)
    session.execute(text("DELETE FROM page"))
    session.commit()
    for table in ("content_item", "attachment", *(kind.__tablename__ for kind in kinds())):
        assert session.scalar(text(f'SELECT count(*) FROM "{table}"')) == 0, table


def test_a_kind_is_found_by_name() -> None:
    for kind in kinds():
        assert kind_named(kind.__tablename__) is kind
    with pytest.raises(KeyError):
        kind_named("nonsense")
