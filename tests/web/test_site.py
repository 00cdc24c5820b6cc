"""Visitors' pages: their content, its order, and that text does not become markup."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.factories import Factory

NASTY = "<script>alert(1)</script>"


def test_the_list_shows_published_pages_newest_first(client: FlaskClient, factory: Factory) -> None:
    for title in ("Oldest", "Middle", "Newest"):
        factory.page(title)
    factory.page("Draft", published=False)
    text = client.get("/").text
    assert text.index("Newest") < text.index("Middle") < text.index("Oldest")
    assert "Draft" not in text


def test_an_empty_site_has_a_first_page(client: FlaskClient) -> None:
    assert client.get("/").status_code == 200


def test_the_list_has_pages(client: FlaskClient, factory: Factory) -> None:
    for number in range(13):
        factory.page(f"Title {number:02}")
    assert "Title 00" not in client.get("/").text
    assert 'href="/?page=2"' in client.get("/").text
    assert "Title 00" in client.get("/?page=2").text
    assert "Title 12" not in client.get("/?page=2").text


@pytest.mark.parametrize("number", ["0", "3", "-1", "abc", "", "9" * 30, "²", "１"])
def test_a_page_of_the_list_that_is_not_there(client: FlaskClient, number: str) -> None:
    answer = client.get("/", query_string={"page": number})
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


def test_tags_lead_to_the_pages_that_have_them(client: FlaskClient, factory: Factory) -> None:
    for number in range(13):
        factory.page(f"Title {number:02}", tags=["Sea & sand"])
    factory.page("Another", slug="another", tags=[NASTY[:20]])
    assert 'href="/?tag=Sea+%26+sand" rel="tag"' in client.get("/page-3/").text
    assert NASTY[:20] not in client.get("/another/").text
    text = client.get("/?tag=sea+%26+SAND").text
    assert "<h1>Sea &amp; sand</h1>" in text
    assert "<title>Sea &amp; sand · Mediafold</title>" in text
    assert ["Title 12" in text, "Title 00" in text, "Another" in text] == [True, False, False]
    assert 'href="/?tag=Sea+%26+sand&amp;page=2"' in text
    assert "Title 00" in client.get("/?tag=Sea+%26+sand&page=2").text
    assert 'next=/?tag%3DSea%2B%2526%2Bsand%26page%3D2"' in client.get("/?tag=sea+%26+sand&page=2").text
    refused = client.get("/?tag=none")
    assert refused.status_code == 404
    assert "No page has the tag “none”." in refused.text
    assert client.get("/?tag=").status_code == 200


def test_a_page_shows_its_items_in_order(client: FlaskClient, factory: Factory) -> None:
    page = factory.page("The title", slug="it", text="Some *words*.")
    for title, order in (("Third", 3), ("First", 1), ("Second", 2)):
        factory.item(page, title=title, order=order)
    factory.item(page, title="Hidden", is_active=False)
    text = client.get("/it/").text
    assert text.index("First") < text.index("Second") < text.index("Third")
    assert "Hidden" not in text
    assert "The title" in text
    assert "Some <em>words</em>." in text


def test_a_page_shows_its_counters(client: FlaskClient, factory: Factory) -> None:
    factory.item(factory.page(slug="it"), counter=98765)
    shown = [re.sub(r"\D", "", client.get("/it/").text.replace("\xa0", "")) for _ in range(2)]
    assert "98765" in shown[0]
    assert "98766" in shown[1]


def test_players_have_their_files(client: FlaskClient, factory: Factory) -> None:
    page = factory.page(slug="it")
    film, words, sound = (factory.media_file(family=family) for family in ("video", "subtitles", "audio"))
    video = factory.item(page, "video")
    factory.attached(video, "video", film)
    factory.attached(video, "subtitles", words)
    factory.attached(factory.item(page, "audio", text="*lyrics*"), "audio", sound)
    text = client.get("/it/").text
    assert re.search(rf"<video\b.*{film.url_path}.*<track\b[^>]*{words.url_path}.*</video>", text, re.DOTALL)
    assert re.search(rf"<audio\b.*{sound.url_path}", text, re.DOTALL)
    assert "<em>lyrics</em>" in text


@pytest.mark.parametrize(
    ("kind", "playable", "reader", "sentence"),
    [
        ("video", False, "en", "Your browser cannot play this video."),
        ("video", False, "ru", "Ваш браузер не может воспроизвести это видео."),
        ("audio", False, "en", "Your browser cannot play this recording."),
        ("audio", False, "ru", "Ваш браузер не может воспроизвести эту запись."),
        ("video", True, "en", None),
        ("audio", None, "en", None),
    ],
)
def test_a_file_that_no_browser_plays_says_so_in_place_of_its_player(
    client: FlaskClient, factory: Factory, kind: str, playable: bool | None, reader: str, sentence: str | None
) -> None:
    factory.change(file := factory.media_file(family=kind), playable=playable)
    factory.attached(factory.item(factory.page(slug="it"), kind), kind, file)
    html = client.get("/it/", headers={"Accept-Language": reader}).text
    assert (f"<{kind} " in html) is (sentence is None)
    said = re.findall(
        r'<p class="unplayable"[^>]*>([^<]*) <a href="([^"]*)" download ',
        re.sub(r"<video.*?</video>|<audio.*?</audio>", "", html, flags=re.DOTALL),
    )
    assert said == ([(sentence, file.url_path)] if sentence else [])


def test_links_have_their_whole_addresses_for_paper(client: FlaskClient, factory: Factory) -> None:
    video = factory.item(page := factory.page(slug="it"), "video", subtitles_url="https://example.com/s.vtt")
    factory.attached(video, "video", file := factory.media_file())
    factory.item(page, "audio", audio_url="https://example.com/a.mp3")
    for host in ("one.example", "two.example:8000"):
        html = client.get("/it/", base_url=f"https://{host}").text
        assert list(dict.fromkeys(re.findall('data-address="([^"]*)"', html))) == [
            f"https://{host}{file.url_path}",
            "https://example.com/s.vtt",
            "https://example.com/a.mp3",
        ]


def test_a_path_is_written_as_an_address(client: FlaskClient, factory: Factory) -> None:
    """A name in any alphabet, percent-encoded or not, links to its file."""
    file = factory.media_file()
    factory.attached(factory.item(factory.page(slug="it"), "video"), "video", file)
    [address] = set(re.findall(r'src="(/media/[^"]+)"', client.get("/it/").text))
    assert client.get(address).status_code == 200


def test_a_link_stands_in_for_a_file(client: FlaskClient, factory: Factory) -> None:
    factory.item(factory.page(slug="it"), "video", title="Elsewhere", video_url="https://example.com/watch?a=1&b=2")
    text = client.get("/it/").text
    assert "Elsewhere" in text
    assert "https://example.com/watch?a=1&amp;b=2" in text


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_another_host_hears_nothing_before_its_film_is_played(client: FlaskClient, factory: Factory, kind: str) -> None:
    page = factory.page(slug="it")
    factory.item(page, kind, **{f"{kind}_url": "https://example.com/it.mp4"})
    factory.attached(factory.item(page, kind), kind, factory.media_file())
    players = re.findall(rf'<{kind}[^>]* preload="(\w+)"[^>]*>\s*<source src="(/|https:)', client.get("/it/").text)
    assert players == [("none", "https:"), ("metadata", "/")]


def test_what_is_not_finished_is_not_shown(client: FlaskClient, factory: Factory) -> None:
    page = factory.page(slug="it")
    factory.upload(factory.item(page, "video", title="Unfinished"), "video", "a.mp4", b"x")
    answer = client.get("/it/")
    assert answer.status_code == 200
    assert "Unfinished" not in answer.text


@pytest.mark.parametrize("kind", ["video", "audio", "text"])
def test_no_text_becomes_markup(client: FlaskClient, factory: Factory, kind: str) -> None:
    page = factory.page(f"Page {NASTY}", slug="it", text=f"Text {NASTY} [x](javascript:alert(1))")
    values = {"text": NASTY} if kind != "video" else {}
    factory.with_media(page, kind, title=f'Item {NASTY} " onload="alert(1)', **values)
    for address in ("/it/", "/"):
        text = client.get(address).text
        assert NASTY not in text
        assert ' onload="alert' not in text
        assert 'href="javascript' not in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>"])
def test_a_link_that_runs_a_script_is_not_a_link(client: FlaskClient, factory: Factory, url: str) -> None:
    """Forms refuse it. If it gets into the database anyway, the page does not link it."""
    factory.item(factory.page(slug="it"), "video", video_url=url)
    text = client.get("/it/").text
    assert f'href="{url[:9]}' not in text
    assert f'src="{url[:9]}' not in text


@pytest.mark.both_databases
@pytest.mark.parametrize("slug", ["nothing", "draft", "%00", "a%00b", "..", "%F0%9F%8E%AC", "x" * 3000, "%ff"])
def test_what_is_not_there_is_told_in_html(client: FlaskClient, factory: Factory, database: str, slug: str) -> None:
    factory.page(published=False, slug="draft")
    answer = client.get(f"/{slug}/")
    cannot_be_looked_for = database == "postgresql" and "%00" in slug
    assert answer.status_code == (400 if cannot_be_looked_for else 404)
    assert answer.mimetype == "text/html"
    assert "<h1" in answer.text


def test_a_page_without_its_slash_is_led_to_it(client: FlaskClient, factory: Factory) -> None:
    factory.page(slug="it")
    answer = client.get("/it")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/it/")


def test_pages_are_not_kept_by_browsers_or_proxies(client: FlaskClient, factory: Factory) -> None:
    factory.page(slug="it")
    for address in ("/", "/it/"):
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert "accept-language" in answer.vary
        assert "cookie" in answer.vary


def test_visitors_get_no_cookie(client: FlaskClient, factory: Factory) -> None:
    factory.page(slug="it")
    for address in ("/", "/it/", "/nothing/"):
        assert "Set-Cookie" not in client.get(address).headers


@pytest.mark.parametrize(
    ("kind", "scripts"),
    [("video", {"players", "embeds", "plays"}), ("picture", {"embeds", "lightbox"}), ("text", {"embeds"})],
)
def test_a_page_has_the_scripts_that_its_items_need(
    client: FlaskClient, factory: Factory, kind: str, scripts: set[str]
) -> None:
    factory.with_media(factory.page(slug="it"), kind)
    found = set(re.findall(r'<script type="module" src="[^"]*/site/(\w+).js"', client.get("/it/").text))
    assert found & {"players", "embeds", "plays", "lightbox"} == scripts
