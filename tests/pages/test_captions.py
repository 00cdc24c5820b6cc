"""Captions of what an item plays: its subtitles and its further tracks."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.pages import captions, documents, pages
from cms.pages.models import ContentItem, Page
from tests.factories import Factory


@pytest.fixture
def film(factory: Factory, page: Page) -> ContentItem:
    """A film with subtitles and, not in the order of their making, three further tracks."""
    item = factory.item(page, "video", language="en")
    for place, position, texts in (
        ("tracks:c", 3, {"kind": "chapters"}),
        ("tracks:b", 2, {"language": "pt-BR", "kind": "captions", "label": "Tudo"}),
        ("tracks:a", 1, {"language": "ru", "kind": "subtitles", "label": ""}),
        ("subtitles", 0, None),
    ):
        factory.attached(item, place, factory.media_file(family="subtitles"), position=position, texts=texts)
    factory.attached(item, "tracks:d", None, position=4)
    return item


def contents(session: Session, page: Page, language: str = "en") -> list[dict[str, Any]]:
    document = pages.page_document(session, page.id)
    assert document
    return list(documents.placed(document, "/site", language)["contents"])


@pytest.mark.both_databases
def test_subtitles_come_first_then_the_tracks_in_order(
    session: Session, factory: Factory, page: Page, film: ContentItem
) -> None:
    factory.attached(film, "video", factory.media_file())
    [item] = contents(session, page)
    found = item["video_file"]["captions"]
    assert [(each["language"], each["kind"], each["label"]) for each in found] == [
        ("en", "subtitles", "English"),
        ("ru", "subtitles", "Русский"),
        ("pt-BR", "captions", "Tudo"),
    ]
    assert [each["path"] for each in found] == [item["subtitles_path"], *(t["path"] for t in item["tracks"][:2])]
    assert found[0]["path"].startswith("/site/media/")
    assert [track["kind"] for track in item["tracks"]] == ["subtitles", "captions", "chapters"]


def test_a_page_is_read_by_as_many_statements_however_many_files(
    session: Session, factory: Factory, page: Page, film: ContentItem, queries: list[str]
) -> None:
    contents(session, page)
    assert len([each for each in queries if each.startswith("SELECT")]) == 2


@pytest.mark.parametrize(
    ("visitor", "shown"), [("ru", 'srclang="ru" label="Русский"'), ("en", 'srclang="en" label="English"')]
)
def test_the_track_in_the_language_of_the_visitor_is_shown(
    client: FlaskClient, factory: Factory, film: ContentItem, visitor: str, shown: str
) -> None:
    factory.attached(film, "video", factory.media_file())
    text = client.get("/it/", headers={"Accept-Language": visitor}).text
    assert text.count("<track ") == 3
    assert f"{shown} default>" in text
    assert text.count(" default>") == 1


def test_the_tracks_of_a_film_of_another_site_are_shown_too(
    client: FlaskClient, factory: Factory, page: Page, film: ContentItem
) -> None:
    factory.change(film, video_url="https://example.com/film.mp4")
    assert client.get("/it/").text.count("<track ") == 3


@pytest.mark.parametrize(
    ("filename", "language", "kind"),
    [
        ("film.srt", "", "subtitles"),
        ("film.ru.srt", "ru", "subtitles"),
        ("The.long.film.eng.forced.vtt", "en", "subtitles"),
        ("film.pt-br.SDH.vtt", "pt-BR", "captions"),
        ("film.zh_hans.vtt", "zh-Hans", "subtitles"),
        ("film.de.chapters.vtt", "de", "chapters"),
        ("film.1080p.vtt", "", "subtitles"),
        (".vtt", "", "subtitles"),
    ],
)
def test_language_and_kind_are_guessed_from_a_name(filename: str, language: str, kind: str) -> None:
    texts = {text.name: text.guess(filename) for text in captions.TRACKS.texts}
    assert texts == {"language": language, "kind": kind, "label": ""}
