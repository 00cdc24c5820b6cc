"""Tags of pages: the index follows them, and they do not wait to be published."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media import tagging as media_tagging
from cms.media.models import MediaFile
from cms.media.tagging import Tag
from cms.messages import InvalidInput
from cms.pages import copies, drafts, pages, revisions, tagging
from cms.pages.listing import Listing, page_listing
from cms.pages.models import Page
from cms.pages.revisions import Action
from cms.pages.tagging import PageTag
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

ME = "editor@example.com"


def tagged(factory: Factory, name: str) -> list[int]:
    """The ids of the pages that the index has for a tag."""
    with Session(factory.engine) as session:
        found = select(PageTag.page_id).join(Tag, Tag.id == PageTag.tag_id).where(Tag.name == name)
        return sorted(session.scalars(found))


def names(factory: Factory) -> set[str]:
    with Session(factory.engine) as session:
        return set(session.scalars(select(Tag.name)))


def listed(factory: Factory, tag: str, number: int = 1, size: int = 20) -> Listing | None:
    with Session(factory.engine) as session:
        return page_listing(session, number, size, tag)


def test_the_index_follows_the_pages(factory: Factory) -> None:
    coast, hills = factory.page(tags=["Coast", "Summer"]), factory.page(tags=["Hills", "Summer"])
    assert (tagged(factory, "Coast"), tagged(factory, "Summer")) == ([coast.id], [coast.id, hills.id])
    factory.change(coast, tags=["Winter"])
    assert (tagged(factory, "Winter"), tagged(factory, "Summer")) == ([coast.id], [hills.id])
    assert names(factory) == {"Hills", "Summer", "Winter"}, "nothing has the other one"
    with Session(factory.engine) as session:
        session.delete(session.get_one(Page, hills.id))
        session.commit()
    assert (tagged(factory, "Summer"), names(factory)) == ([], {"Winter"})


def test_a_tag_of_files_and_one_of_pages_are_the_same(factory: Factory) -> None:
    page, file = factory.page(tags=["Coast"]), factory.media_file()
    with Session(factory.engine) as session:
        row = session.get_one(MediaFile, file.id)
        media_tagging.set_of(session, row, media_tagging.as_known(session, ["coast", "Night"]))
        session.commit()
    assert names(factory) == {"Coast", "Night"}
    with Session(factory.engine) as session:
        assert tagging.offered(session) == ["Coast", "Night"]
        media_tagging.set_of(session, session.get_one(MediaFile, file.id), [])
        session.commit()
    assert names(factory) == {"Coast"}, "the page has it"
    factory.change(page, tags=[])
    assert names(factory) == set()


def test_a_list_has_the_published_pages_with_a_tag(factory: Factory) -> None:
    made = [factory.page(tags=["Coast"]) for _ in range(5)]
    factory.page(tags=["Coast"], published=False)
    factory.page()
    factory.page(tags=["Secret"], published=False)
    first = listed(factory, "cOAST", 1, 2)
    assert first
    assert (first.count, first.last, first.tag) == (5, 3, "Coast")
    found = [listed(factory, "coast", number, 2) for number in (1, 2, 3)]
    assert [document["id"] for part in found if part for document in part.documents] == [
        page.id for page in reversed(made)
    ]
    assert listed(factory, "coast", 4, 2) is None
    assert (listed(factory, "secret"), listed(factory, "none")) == (None, None)


def test_tags_do_not_wait_to_be_published(session: Session, factory: Factory) -> None:
    page = factory.page("Dawn", text="Quiet.", tags=["Coast"])
    row = session.get_one(Page, page.id)

    def change(text: str, tags: list[str]) -> None:
        before = drafts.begin(session, row)
        row.text, row.tags = text, tags
        revisions.keep(session, row, ME, Action.EDITED, row.title)
        drafts.hold(session, row, before)
        session.commit()

    def seen() -> tuple[str, list[str]]:
        found = pages.page_document(session, page.id)
        session.rollback()
        assert found
        return found["text"], found["tags"]

    change("Quiet.", ["Hills"])
    assert row.live_revision_id is None, "nothing waits"
    assert seen() == ("Quiet.", ["Hills"])
    change("Loud.", ["Hills", "Night"])
    assert seen() == ("Quiet.", ["Hills", "Night"])
    assert tagged(factory, "Night") == [page.id]
    drafts.discard(session, row, ME)
    session.commit()
    assert seen() == ("Quiet.", ["Hills", "Night"])


def test_tags_come_back_with_a_revision(session: Session, factory: Factory) -> None:
    page = factory.page("Dawn", tags=["Coast"])
    row = session.get_one(Page, page.id)
    revisions.keep(session, row, ME, Action.CREATED, row.title)
    session.commit()
    assert tagging.add_to(session, row, ["night", "COAST"], ME)
    assert not tagging.add_to(session, row, ["Night"], ME)
    assert tagging.remove_from(session, row, ["Coast"], ME)
    session.commit()
    assert (row.tags, row.version) == (["night"], 3)
    kept = revisions.of(session, page.id, 0, 9)
    assert [revision.snapshot["tags"] for revision in kept] == [["night"], ["Coast", "night"], ["Coast"]]
    revisions.restore(session, row, kept[-1].snapshot, ME)
    session.commit()
    assert (row.tags, tagged(factory, "Coast"), names(factory)) == (["Coast"], [page.id], {"Coast"})


def test_a_copy_has_the_tags(session: Session, factory: Factory) -> None:
    page = factory.page(tags=["Coast"], published=False)
    made = copies.copy(session, session.get_one(Page, page.id))
    session.commit()
    assert tagged(factory, "Coast") == [page.id, made.id]


def test_too_many_are_refused(session: Session, factory: Factory) -> None:
    few, many = factory.page(), factory.page(tags=[f"{number:02}" for number in range(50)])
    tagging.require_room(session, [few.id, many.id], ["07", "08"])
    with pytest.raises(InvalidInput):
        tagging.require_room(session, [few.id, many.id], ["One more"])
    with pytest.raises(InvalidInput):
        tagging.add_to(session, session.get_one(Page, many.id), ["One more"], ME)


def test_a_restored_tag_is_spelt_as_it_is_by_now(session: Session, factory: Factory) -> None:
    page = factory.page(tags=["coast"])
    row = session.get_one(Page, page.id)
    old = revisions.keep(session, row, ME, Action.CREATED, row.title)
    tagging.remove_from(session, row, ["coast"], ME)
    session.commit()
    factory.page(tags=["COAST"])
    revisions.restore(session, row, old.snapshot, ME)
    session.commit()
    assert row.tags == ["COAST"]


def test_nothing_waits_if_others_have_published_meanwhile(session: Session, factory: Factory) -> None:
    page = factory.page("Dawn", text="Quiet.")
    row = session.get_one(Page, page.id)
    first = drafts.begin(session, row)
    row.text = "Loud."
    revisions.keep(session, row, ME, Action.EDITED, row.title)
    drafts.hold(session, row, first)
    session.commit()
    before = drafts.begin(session, row)
    drafts.publish(session, row, "another@example.com")
    row.tags = ["Coast"]
    revisions.keep(session, row, ME, Action.EDITED, row.title)
    drafts.hold(session, row, before)
    session.commit()
    assert row.live_revision_id is None
