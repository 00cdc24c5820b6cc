"""A media file that a text names is in use, as long as the text names it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms.media.models import MediaFile
from cms.media.references import is_referenced
from cms.pages import file_trash, revisions, text_files
from cms.pages.models import Page
from cms.pages.revision_models import RevisionFile
from cms.pages.revisions import Action
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def used(engine: Engine) -> set[int]:
    with Session(engine) as session:
        return set(session.scalars(select(MediaFile.id).where(is_referenced())))


@pytest.mark.parametrize(
    "text",
    [
        "![Dawn](/media/{path})",
        "[The picture](</media/{path}> 'A title')",
        "A list:\n\n- one\n  > ![Dawn](/media/{path}?size=large#top)",
        "[it]: /media/{path}\n\nSee [it].",
        "See https://cms.example/media/{path}",
    ],
)
def test_a_text_keeps_what_it_names(engine: Engine, factory: Factory, text: str) -> None:
    file, other = factory.media_file(family="image"), factory.media_file()
    page = factory.page(text=text.format(path=file.path))
    item = factory.item(page, "text", text=text.format(path=other.path))
    assert used(engine) == {file.id, other.id}
    factory.change(item, text="Nothing.")
    assert used(engine) == {file.id}
    factory.change(item, title="Another title", text=text.format(path=file.path))
    factory.change(page, text="")
    assert used(engine) == {file.id}
    factory.change(item, title="Once more")
    assert used(engine) == {file.id}
    with Session(engine) as session:
        session.delete(session.get_one(Page, page.id))
        session.commit()
    assert used(engine) == set()


@pytest.mark.parametrize(
    "text", ["`/media/{path}`", "    ![Dawn](/media/{path})", "<img src='/media/{path}'>", "{path}"]
)
def test_what_is_no_address_keeps_nothing(engine: Engine, factory: Factory, text: str) -> None:
    factory.page(text=text.format(path=factory.media_file().path))
    factory.page(text="![](/media/2026/01/01/image/gone.png) ![](/media/)")
    assert used(engine) == set()


def test_what_a_transaction_takes_back_is_not_kept(engine: Engine, factory: Factory) -> None:
    file, page = factory.media_file(), factory.page(text="Old")
    with Session(engine) as session:
        session.get_one(Page, page.id).text = f"![](/media/{file.path})"
        session.flush()
        session.rollback()
        session.get_one(Page, page.id).title = "New"
        session.commit()
    assert used(engine) == set()


def test_revisions_keep_it_too(engine: Engine, factory: Factory) -> None:
    file = factory.media_file()
    page = factory.page()
    item = factory.item(page, "text", text=f"![](/media/{file.path})")
    with Session(engine) as session:
        found = session.get_one(Page, page.id)
        revisions.keep(session, found, "anna@example.com", Action.EDITED, "Words")
        found.items[0].text = "Nothing."
        revisions.keep(session, found, "anna@example.com", Action.EDITED, "Words")
        session.commit()
        assert session.scalars(select(RevisionFile.media_file_id)).all() == [file.id]
    assert factory.reload(item).text == "Nothing."
    assert used(engine) == {file.id}


def test_it_is_told_where(session: Session, factory: Factory) -> None:
    file = factory.media_file()
    page = factory.page("Harbour", text=f"[Film](/media/{file.path})")
    item = factory.item(page, "text", text=f"[Film](/media/{file.path})")
    other = factory.media_file()
    number, items, pages = text_files.naming(session, file.id, limit=10)
    assert (number, [row.id for row in items], [row.id for row in pages]) == (2, [item.id], [page.id])
    assert text_files.naming(session, other.id, limit=10) == (0, [], [])


def test_what_is_deleted_for_good_is_forgotten(engine: Engine, session: Session, factory: Factory) -> None:
    file = factory.media_file()
    factory.page(text=f"[Film](/media/{file.path})")
    file_trash.discard(session, [file.id], "anna@example.com")
    assert file_trash.delete_for_good(session, session.get_one(MediaFile, file.id), "anna@example.com") == [file.path]
    session.commit()
    assert text_files.naming(session, file.id, limit=10)[0] == 0
