"""Media files are found by words from anywhere, and by what they are called right now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from cms import current
from cms.media import tagging
from cms.media.models import MediaFile, Upload
from cms.pages import trash
from cms.pages.models import Attachment, ContentItem, Page
from cms.search import finding, indexing, trigrams
from cms.search.models import MediaSearch
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def found(engine: Engine) -> Callable[[str], list[int]]:
    """The ids of the files that a text finds."""

    def find(text: str) -> list[int]:
        with Session(engine) as session:
            condition = finding.found_by(session, text)
            return list(session.scalars(select(MediaFile.id).where(condition).order_by(MediaFile.id)))

    return find


@pytest.fixture
def change(engine: Engine) -> Callable[..., None]:
    """Change something in a transaction."""

    def run(what: Callable[[Session], Any]) -> None:
        with Session(engine) as session:
            what(session)
            session.commit()

    return run


@pytest.fixture
def shown(factory: Factory) -> tuple[Page, ContentItem, MediaFile]:
    page = factory.page("Гавань утром")
    item, file = factory.item(page, "video", title="Ships at 100% sail"), factory.media_file()
    factory.attached(item, "video", file)
    upload = factory.upload_row(factory.upload(item, "video", "Ünïted_dawn 2.mp4", b"x"))
    factory.change(upload, media_file_id=file.id)
    factory.media_file()  # which nothing finds
    return page, item, file


@pytest.mark.parametrize(
    "text",
    [
        *("dawn", "DAW", "awn", "united", "гавань", "утр", "АВАН", "ships", "ail"),
        *("dawn гавань ships", "ships dawn", "da wn", "2.mp4 м", "100%", "d_d", "%", "2", "утром ai"),
    ],
)
def test_words_are_found_anywhere_in_any_order(
    found: Callable[[str], list[int]], shown: tuple[Page, ContentItem, MediaFile], text: str
) -> None:
    assert found(text) == [shown[2].id]


@pytest.mark.parametrize("text", ["dusk", "dawn dusk", "dawn d%", "dwn", 'da"wn', '"', "shi_s", "гаавань", "\\"])
def test_all_words_must_be_there(
    found: Callable[[str], list[int]], shown: tuple[Page, ContentItem, MediaFile], text: str
) -> None:
    assert found(text) == []


def test_many_are_found_as_few_are(
    found: Callable[[str], list[int]], shown: tuple[Page, ContentItem, MediaFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FEW", 0)
    assert found("dawn гавань") == [shown[2].id]
    assert found("made") == [shown[2].id, shown[2].id + 1]
    assert found("dawn d%") == []


def test_a_digest_finds_its_file(found: Callable[[str], list[int]], factory: Factory) -> None:
    file = factory.media_file()
    assert found(file.digest[:12].upper()) == found(file.digest) == found(file.path.rsplit("/", 1)[-1]) == [file.id]


def test_a_file_is_found_by_its_names_as_they_are_now(
    found: Callable[[str], list[int]], change: Callable[..., None], shown: tuple[Page, ContentItem, MediaFile]
) -> None:
    page, item, file = shown

    def row(session: Session, of: Any) -> Any:
        return session.get_one(type(of), of.id)

    change(lambda session: setattr(row(session, page), "title", "Port"))
    assert (found("гавань"), found("port")) == ([], [file.id])
    change(lambda session: setattr(row(session, item), "title", "Boats"))
    assert (found("ships"), found("boats")) == ([], [file.id])
    change(lambda session: setattr(row(session, file), "title", "Wharf"))
    assert found("wharf") == [file.id]
    change(lambda session: tagging.set_of(session, row(session, file), ["Seaside", "Öresund"]))
    assert found("seaside oresund") == [file.id]
    change(lambda session: tagging.set_of(session, row(session, file), ["oresund"]))
    assert (found("seaside"), found("öresund")) == ([], [file.id])
    change(lambda session: trash.discard(session, row(session, item), "editor"))
    assert found("boats") == []
    change(lambda session: trash.restore(session, row(session, item)))
    change(lambda session: trash.discard(session, row(session, page), "editor"))
    assert found("port") == []
    change(lambda session: trash.restore(session, row(session, page)))
    assert found("port boats") == [file.id]
    change(lambda session: session.delete(row(session, page)))
    assert (found("port"), found("wharf")) == ([], [file.id])


def test_a_moved_item_and_another_file_in_its_place(
    found: Callable[[str], list[int]],
    change: Callable[..., None],
    factory: Factory,
    shown: tuple[Page, ContentItem, MediaFile],
) -> None:
    _, item, file = shown
    elsewhere, other = factory.page("Meadow"), factory.media_file()
    change(lambda session: setattr(session.get_one(ContentItem, item.id), "page_id", elsewhere.id))
    assert (found("гавань"), found("meadow")) == ([], [file.id])
    change(lambda session: setattr(session.get_one(Attachment, (item.id, "video")), "media_file_id", other.id))
    assert found("meadow") == [other.id]


def test_what_is_taken_back_changes_nothing(
    engine: Engine, found: Callable[[str], list[int]], shown: tuple[Page, ContentItem, MediaFile]
) -> None:
    with Session(engine) as session:
        session.get_one(Page, shown[0].id).title = "Port"
        session.flush()
        session.rollback()
        session.commit()
    assert (found("port"), found("гавань")) == ([], [shown[2].id])


def test_words_go_with_their_file(
    found: Callable[[str], list[int]], change: Callable[..., None], factory: Factory, session: Session
) -> None:
    file = factory.media_file()
    factory.change(file, title="Lighthouse")
    change(lambda session: session.execute(MediaFile.__table__.delete().where(MediaFile.id == file.id)))
    assert found("lighthouse") == []
    assert session.scalars(select(MediaSearch.media_file_id)).all() == []


def test_the_command_makes_up_for_what_bypassed_the_session(
    app: Flask,
    found: Callable[[str], list[int]],
    change: Callable[..., None],
    shown: tuple[Page, ContentItem, MediaFile],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change(lambda session: session.execute(update(Upload).values(filename="Night.mp4")))
    change(lambda session: session.execute(text("DELETE FROM media_search WHERE words LIKE '%ships%'")))
    assert found("night") == []
    monkeypatch.setattr(indexing, "BATCH", 1)
    with app.app_context():
        indexing.add_missing(current.transactions())
    assert (found("ships"), found("night ships")) == ([shown[2].id], [shown[2].id])
    change(lambda session: session.execute(text("UPDATE media_search SET words = 'none'")))
    answer = app.test_cli_runner().invoke(args=["cms", "search", "rebuild"])
    assert answer.output == "The words of 2 files are up to date.\n"
    assert found("night ships") == [shown[2].id]


@pytest.mark.postgresql
def test_without_the_extension_the_same_is_found(session: Session, shown: tuple[Page, ContentItem, MediaFile]) -> None:
    for statement in (
        "DROP EXTENSION pg_trgm CASCADE",
        "CREATE ROLE limited",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO limited",
        "SET LOCAL ROLE limited",
    ):
        session.execute(text(statement))
    assert not trigrams.rebuild(session)
    found = select(MediaFile.id).where(finding.found_by(session, "awn аван"))
    assert session.scalars(found).all() == [shown[2].id]
    session.execute(text("RESET ROLE"))
    assert trigrams.rebuild(session)
    session.rollback()
