"""Texts that name a file name the one that replaces it, for visitors too, until that is undone."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.models import MediaFile
from cms.messages import InvalidInput
from cms.pages import drafts, file_trash, markup, merging, pages, replacing, revisions, text_files, trash
from cms.pages.models import ContentItem, Page
from cms.pages.replacement_models import ReplacedText
from cms.pages.revisions import Action
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

ME = "editor@example.com"


@pytest.fixture
def files(factory: Factory) -> tuple[MediaFile, MediaFile]:
    return factory.media_file(family="image"), factory.media_file(family="image")


def naming(file: MediaFile) -> str:
    return f"Look: ![Dawn](/media/{file.path} 'Sea')."


def replaced(session: Session, files: tuple[MediaFile, MediaFile], expected: int) -> int:
    old, new = (session.get_one(MediaFile, file.id) for file in files)
    made = replacing.replace(session, old, new, ME, expected)
    session.commit()
    number = made.id
    session.rollback()
    return number


def undone(session: Session, number: int) -> tuple[int, int]:
    counts = replacing.undo(session, session.get_one(replacing.Replacement, number), ME)
    session.commit()
    return counts


def test_texts_of_pages_and_items_follow(
    session: Session, factory: Factory, files: tuple[MediaFile, MediaFile]
) -> None:
    old, new = files
    page = factory.page("Harbour", text=naming(old))
    item, trashed = factory.item(page, "text", text=naming(old)), factory.item(page, "text", text=naming(old))
    factory.attached(factory.item(page, "picture"), "picture", old)
    other = factory.item(factory.page(text=naming(new)), "text", text="Nothing.")
    trash.discard(session, session.get_one(ContentItem, trashed.id), ME)
    session.commit()
    assert replacing.count_places(session, [old.id, new.id]) == {old.id: 4, new.id: 1}
    with pytest.raises(InvalidInput, match="changed meanwhile"):
        replaced(session, files, 1)
    session.rollback()
    made = replaced(session, files, 4)
    assert [factory.reload(row).text for row in (page, item, trashed)] == [naming(new)] * 3
    assert [factory.reload(row).version for row in (page, item, other)] == [2, 2, 1]
    assert replacing.count_places(session, [old.id, new.id]) == {old.id: 0, new.id: 5}
    assert [row.action for row in revisions.of(session, page.id, 0, 9)] == ["replaced", "found"]
    session.rollback()
    assert undone(session, made) == (4, 0)
    assert [factory.reload(row).text for row in (page, item, trashed)] == [naming(old)] * 3
    assert replacing.count_places(session, [old.id, new.id]) == {old.id: 4, new.id: 1}


def test_what_was_written_since_stays_when_it_is_undone(
    session: Session, factory: Factory, files: tuple[MediaFile, MediaFile]
) -> None:
    old, new = files
    page = factory.page()
    edited = factory.item(page, "text", text=naming(old))
    both = factory.item(page, "text", text=naming(old) + naming(new))
    both_edited = factory.item(page, "text", text=naming(old) + naming(new))
    gone = factory.item(page, "text", text=naming(old))
    linked = factory.item(page, "text", text=naming(old))
    again = factory.item(page, "text", text=naming(old))
    made = replaced(session, files, 6)
    factory.change(edited, text="More. " + naming(new))
    factory.change(both_edited, text="More. " + naming(new))
    factory.change(gone, text="Nothing.")
    factory.change(linked, text="[Link](/about/) " + naming(new))
    factory.change(again, text=naming(new) * 2)
    assert undone(session, made) == (3, 3)
    assert factory.reload(edited).text == "More. " + naming(old)
    assert factory.reload(both).text == naming(old) + naming(new)
    assert factory.reload(both_edited).text == "More. " + naming(new), "nobody knows which of the two this is"
    assert factory.reload(gone).text == "Nothing."
    assert factory.reload(linked).text == "[Link](/about/) " + naming(old)
    assert factory.reload(again).text == naming(new) * 2, "one of them was put there since"


def test_visitors_see_it_while_changes_wait(
    session: Session, factory: Factory, files: tuple[MediaFile, MediaFile]
) -> None:
    """Also where it is undone after the draft began, and in a text that names the file no more."""
    old, new = files
    page = factory.page("Harbour", text=naming(old))
    items = [factory.item(page, "text", order=order, text=naming(old)) for order in (1, 2)]
    earlier = replaced(session, files, 3)

    def seen() -> list[str]:
        found = pages.page_document(session, page.id)
        session.rollback()
        assert found
        return [found["text"], *(item["text"] for item in found["contents"])]

    row = session.get_one(Page, page.id)
    found = drafts.begin(session, row)
    session.get_one(ContentItem, items[1].id).text = "Nothing."
    revisions.keep(session, row, ME, Action.EDITED, row.title)
    drafts.hold(session, row, found)
    session.commit()
    assert seen() == [naming(new)] * 3
    assert undone(session, earlier) == (2, 1)
    assert seen() == [naming(old)] * 3
    later = replaced(session, files, 2)
    assert seen() == [naming(new)] * 3
    assert undone(session, later) == (2, 0)
    assert seen() == [naming(old)] * 3
    factory.change(items[0], text=naming(new) + naming(old))
    factory.change(page, text=naming(old))
    later = replaced(session, files, 2)
    assert undone(session, later) == (2, 0)
    assert seen() == [naming(old)] * 3, "not what the draft had"
    replaced(session, files, 2)
    drafts.discard(session, session.get_one(Page, page.id), ME)
    session.commit()
    assert seen() == [naming(new)] * 3
    assert [factory.reload(item).text for item in items] == [naming(new)] * 2


def test_an_address_that_cannot_be_changed_stops_it(
    session: Session, factory: Factory, files: tuple[MediaFile, MediaFile]
) -> None:
    old, _ = files
    text = f"![Dawn](/media/{old.path.replace('/', '&sol;', 1)})"
    item = factory.item(factory.page("Harbour"), "text", title="Words", text=text)
    with pytest.raises(InvalidInput, match="cannot be changed"):
        replaced(session, files, 1)
    session.rollback()
    assert factory.reload(item).text == text
    factory.change(item, deleted_at=item.created_at)
    with pytest.raises(InvalidInput, match="in the trash"):
        replaced(session, files, 1)


def test_texts_follow_what_is_merged(session: Session, factory: Factory, files: tuple[MediaFile, MediaFile]) -> None:
    old, new, third = *files, factory.media_file(family="image")
    page = factory.page(text=naming(old) + naming(third) + naming(new))
    item = factory.item(page, "text", text=naming(third))

    def merged(expected: int) -> merging.Merged:
        first, stays, last = (session.get_one(MediaFile, file.id) for file in (old, new, third))
        return merging.merge(session, [first, stays, last], stays, ME, expected)

    with pytest.raises(InvalidInput, match="changed meanwhile"):
        merged(1)
    session.rollback()
    made = merged(3)
    session.commit()
    assert (factory.reload(page).text, factory.reload(item).text) == (naming(new) * 3, naming(new))
    assert merging.undo(session, made.replacements, made.files, ME) == (3, 0)
    session.commit()
    assert factory.reload(page).text == naming(old) + naming(third) + naming(new)
    assert factory.reload(item).text == naming(third)
    made = merged(3)
    session.commit()
    numbers = [replacement.id for replacement in made.replacements]
    session.rollback()
    for number in numbers:  # one by one, the first one first, as on the files' pages
        undone(session, number)
    assert factory.reload(page).text == naming(old) + naming(third) + naming(new)


def test_it_is_forgotten_with_what_it_is_of(
    session: Session, factory: Factory, files: tuple[MediaFile, MediaFile]
) -> None:
    old, _ = files
    page = factory.page(text=naming(old))
    item = factory.item(factory.page(), "text", text=naming(old))
    made = replaced(session, files, 2)
    trash.delete(session, session.get_one(ContentItem, item.id))
    session.commit()
    assert [row.page_id for row in session.scalars(select(ReplacedText))] == [page.id]
    session.rollback()
    assert undone(session, made) == (1, 0)


def test_a_picture_in_the_trash_is_its_words(
    session: Session, factory: Factory, files: tuple[MediaFile, MediaFile]
) -> None:
    old, new = files
    page = factory.page(text=naming(old) + naming(new))
    file_trash.discard(session, [old.id], ME)
    session.commit()
    document = pages.page_document(session, page.id)
    assert document
    found = text_files.pictures(session, document, "")
    assert found == {old.url_path: None}
    assert markup.markdown(naming(old), pictures=found) == "<p>Look: Dawn.</p>\n"
    assert new.url_path in markup.markdown(naming(new), pictures=found)


def test_another_text_column_of_a_waiting_page_stays(
    session: Session, factory: Factory, files: tuple[MediaFile, MediaFile]
) -> None:
    """An address in a column that is no Markdown is no text: it is shown as it is."""
    old, _ = files
    page = factory.page("Harbour", text=naming(old))
    address = f"https://cms.example{old.url_path}"
    factory.item(page, "video", video_url=address)
    row = session.get_one(Page, page.id)
    found = drafts.begin(session, row)
    row.title = "Quay"
    revisions.keep(session, row, ME, Action.EDITED, row.title)
    drafts.hold(session, row, found)
    session.commit()
    replaced(session, files, 1)
    document = pages.page_document(session, page.id)
    assert document
    assert (document["title"], document["contents"][0]["video_url"]) == ("Harbour", address)
    assert files[1].url_path in document["text"]
