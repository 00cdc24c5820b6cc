"""Pages and items are found by words anywhere in their titles, and by what they are called right now."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from cms.pages.models import ContentItem, Page
from cms.search import titles
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def found(engine: Engine, model: type[Page | ContentItem], words: str) -> list[str]:
    with Session(engine) as session:
        condition = titles.has_words(session, model, words)
        return list(session.scalars(select(model.title).where(condition).order_by(model.id)))


def test_words_are_found_anywhere_and_all_of_them(engine: Engine, factory: Factory) -> None:
    title = "The Harbour at 100% d_r ГАВАНЬ"
    page = factory.page(title)
    factory.page("Another")
    factory.item(page, title=title)
    factory.item(page, "video", title="Other")
    for words in ("harbour", "ARBOU", "ur 100% the", "гавань", "АВА the", "th", "d_r"):
        assert found(engine, Page, words) == found(engine, ContentItem, words) == [title], words
    for words in ("arbour xy", "harbour dusk", "ha%our", 'ha"rb', "e", "\\"):
        assert found(engine, Page, words) == found(engine, ContentItem, words) == [], words


def test_of_many_all_are_found(engine: Engine, factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [factory.page(f"Harbour {number}").title for number in range(3)]
    factory.page("Sea")
    monkeypatch.setattr(titles, "NAMED", 1)
    assert found(engine, Page, "arbo") == pages


def test_a_new_title_is_found_and_the_old_one_is_not(engine: Engine, factory: Factory) -> None:
    page = factory.page("The Harbour")
    factory.item(page, title="The quay")
    factory.change(page, title="By the sea", title_key="by the sea")
    assert [found(engine, Page, words) for words in ("arbour", "the sea")] == [[], ["By the sea"]]
    with Session(engine) as session:
        session.delete(session.get_one(Page, page.id))
        session.commit()
        if engine.dialect.name == "sqlite":
            for name in ("page_trigrams", "content_item_trigrams"):
                check = text(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)")
                session.execute(check)
    assert found(engine, ContentItem, "quay") == []
