"""What a player is made of: its sources, its captions, its chapters."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from tests.factories import Factory

FILE = {"path": "/media/a film.mov", "playable": True, "size": 1, "width": 640, "height": 360}


@pytest.fixture
def shown(app: Flask) -> Any:
    """The HTML of a video with what its file has, for a reader of a language."""

    def render(reader: str = "en", **file: Any) -> str:
        item = {"id": 1, "title": "Film", "language": "de", "video_path": FILE["path"], "video_file": FILE | file}
        with app.test_request_context("/", headers={"Accept-Language": reader}):
            return render_template("content/video.html", item=item)

    return render


def test_all_sources_are_tried_in_their_order(shown: Any) -> None:
    html = shown(playable=False, sources=[{"path": "/derived/a b.mp4"}, {"path": "/media/c.webm"}])
    assert re.findall('<source src="([^"]*)">', html) == ["/derived/a%20b.mp4", "/media/c.webm"]
    assert 'width="640" height="360"' in html


@pytest.mark.parametrize(
    ("preparing", "sentence"),
    [(True, "This video is being prepared for browsers."), (False, "Your browser cannot play this video.")],
)
def test_what_no_browser_plays_can_be_downloaded(shown: Any, preparing: bool, sentence: str) -> None:
    html = shown(playable=False, sources=[], preparing=preparing)
    assert "<video" not in html
    assert re.search(rf'{sentence} <a href="/media/a%20film.mov" download', html)


@pytest.mark.parametrize(("reader", "first"), [("en", "English"), ("ru", "Русский")])
def test_captions_are_in_the_visitors_language_at_first(shown: Any, reader: str, first: str) -> None:
    tracks = [("de", "Deutsch"), ("ru", "Русский"), ("en", "English")]
    captions = [{"path": f"/{tag}.vtt", "language": tag, "kind": "captions", "label": name} for tag, name in tracks]
    html = shown(reader, captions=captions)
    found = re.findall('<track kind="captions" src="([^"]*)" srclang="([^"]*)" label="([^"]*)"( default)?>', html)
    assert [(tag, name) for _, tag, name, _ in found] == tracks
    assert [name for _, _, name, default in found if default] == [first]


@pytest.mark.parametrize(("reader", "name"), [("en", "Subtitles"), ("ru", "Субтитры")])
def test_captions_of_an_unknown_language_have_a_name(shown: Any, reader: str, name: str) -> None:
    html = shown(reader, captions=[{"path": "/a.vtt", "language": None, "kind": "subtitles", "label": ""}])
    assert f'label="{name}"' in html
    assert re.search(rf"</span>{name}\s", html), "the link to download them"


@pytest.mark.both_databases
def test_a_file_shows_its_own_chapters(client: FlaskClient, factory: Factory) -> None:
    chapters = [{"start": 0.0, "end": 62.5, "title": "<Arrival>"}, {"start": 62.5, "end": 90.0, "title": ""}]
    factory.change(file := factory.media_file(), playable=True, facts={"chapters": chapters})
    factory.attached(factory.item(page := factory.page(slug="it"), "video"), "video", file)
    assert client.get(f"/api/page/content/{page.id}/").json["contents"][0]["video_file"]["chapters"] == chapters
    found = re.findall(
        r'<a href="[^"]*#t=([^"]*)"[^>]*><span class="at">([^<]*)</span> <span>([^<]*)</span>', client.get("/it/").text
    )
    assert found == [("0.0", "0:00", "&lt;Arrival&gt;"), ("62.5", "1:02", "")]


@pytest.mark.both_databases
@pytest.mark.parametrize(("kind", "extension"), [("video", "mp4"), ("audio", "mp3")])
def test_chapters_are_a_track_also_of_a_film_of_another_site(
    client: FlaskClient, factory: Factory, kind: str, extension: str
) -> None:
    url = {f"{kind}_url": f"https://example.com/film.{extension}"}
    page = factory.page(slug="it")
    item = factory.item(page, kind, chapter_times="0:00 Arrival\n1:30 The <harbour>", **url)
    html = client.get("/it/").text
    address = f"/it/chapters/{item.id}.vtt"
    assert re.findall('<track kind="chapters" src="([^"]*)"', html) == [address]
    assert f'href="https://example.com/film.{extension}#t=90.0"' in html
    track = client.get(address)
    assert track.content_type == "text/vtt; charset=utf-8"
    assert "00:00:00.000 --> 00:01:30.000\nArrival" in track.text
    assert client.get(address, headers={"If-None-Match": track.headers["ETag"]}).status_code == 304
    factory.change(page, is_published=False)
    assert client.get(address).status_code == 404


def test_an_uploaded_track_of_chapters_is_the_track(client: FlaskClient, factory: Factory) -> None:
    page, cues = factory.page(slug="it"), factory.media_file(family="subtitles")
    factory.change(cues, facts={"cues": [{"start": 0.5, "end": 4.0, "title": "Arrival"}]})
    item = factory.item(page, "video", video_url="https://example.com/film.mp4")
    factory.attached(item, "tracks:1", cues, texts={"kind": "chapters"})
    html = client.get("/it/").text
    assert re.findall('<track kind="chapters" src="([^"]*)"', html) == [cues.url_path]
    assert '<details class="transcript">' not in html


def test_what_has_no_chapters_has_no_track(client: FlaskClient, factory: Factory) -> None:
    page = factory.page(slug="it")
    ids = [
        factory.item(page, "video", video_url="https://example.com/film.mp4").id,
        factory.item(page, "text", text="Words").id,
        0,
    ]
    assert 'kind="chapters"' not in client.get("/it/").text
    for item_id in ids:
        assert client.get(f"/it/chapters/{item_id}.vtt").status_code == 404
