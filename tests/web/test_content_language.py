"""The content declares its own language; the text around it is in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from cms.pages.models import Page
from tests.factories import Factory

#: Elements without an end tag.
_VOID = {"meta", "link", "img", "input", "br", "hr", "track", "source"}


class Said(HTMLParser):
    """The language of each text on a page, as browsers see it: the nearest ``lang`` around it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str, str]] = [("", "", "")]
        self.words: dict[str, tuple[str, str]] = {}
        self.tracks: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "track":
            self.tracks.append(found.get("srclang"))
        if tag not in _VOID:
            _, language, direction = self.open[-1]
            self.open.append((tag, found.get("lang") or language, found.get("dir") or direction))

    def handle_endtag(self, tag: str) -> None:
        while tag not in _VOID and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.words[data.strip()] = self.open[-1][1:]


def read(client: FlaskClient, address: str, reader: str) -> Said:
    return Said(client.get(address, headers={"Accept-Language": reader}).text)


@pytest.fixture
def page(factory: Factory) -> Page:
    page = factory.page("Seite", slug="it", text="Worte", language="de")
    factory.item(page, "text", title="Abschnitt", text="Zeilen")
    factory.item(page, "text", title="עברית", text="מילים", language="he")
    video = factory.item(page, "video", title="Film", language="fr", subtitles_url="https://example.com/s.vtt")
    factory.attached(video, "video", factory.media_file())
    return page


@pytest.mark.parametrize("reader", ["en", "ru"])
def test_a_page_says_it_of_each_of_its_parts(client: FlaskClient, page: Page, reader: str) -> None:
    said = read(client, "/it/", reader)
    assert {word: said.words[word][0] for word in ("Seite · Mediafold", "Seite", "Worte", "Abschnitt", "Zeilen")} == {
        "Seite · Mediafold": "de",
        "Seite": "de",
        "Worte": "de",
        "Abschnitt": "de",
        "Zeilen": "de",
    }
    assert said.words["מילים"] == said.words["עברית"] == ("he", "rtl")
    assert said.tracks == ["fr"]
    own = {"en": ("Views", "Download the video", "All pages"), "ru": ("Просмотры", "Скачать видео", "Все страницы")}
    for word in own[reader]:
        found = next(language for words, language in said.words.items() if words.startswith(word))
        assert found == (reader, "ltr" if word != own[reader][2] else found[1]), word


def test_what_names_no_language_has_the_sites(
    client: FlaskClient, factory: Factory, with_settings: Callable[..., None]
) -> None:
    factory.page("Сәхифә", slug="it")
    with_settings(site_language="tt")
    assert read(client, "/it/", "en").words["Сәхифә"][0] == "tt"


def test_the_list_says_it_of_each_page(client: FlaskClient, page: Page) -> None:
    said = read(client, "/", "ru")
    assert (said.words["Seite"][0], said.words["Worte"][0]) == ("de", "de")
    assert said.words["Сначала новые"][0] == "ru"


def test_a_page_with_another_language_is_seen_at_once(
    client: FlaskClient, page: Page, edit: Callable[..., None]
) -> None:
    assert read(client, "/it/", "en").words["Seite"][0] == "de"
    edit(page, language="nl")
    assert read(client, "/it/", "en").words["Seite"][0] == "nl"
