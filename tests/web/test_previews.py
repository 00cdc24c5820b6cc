"""What stands for a page in the list and elsewhere: a picture, a length, a video."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient

from cms.media.models import MediaFile
from cms.web.previews import preview
from tests.factories import Factory

POSTER = [
    {
        "path": f"/derived/0b/0b8a/poster-{width}.{end}",
        "width": width,
        "height": width // 2,
        "mime_type": f"image/{mime}",
    }
    for width, end, mime in ((320, "webp", "webp"), (640, "webp", "webp"), (640, "jpg", "jpeg"))
]


def film(factory: Factory, **values: Any) -> MediaFile:
    file = factory.media_file()
    factory.change(file, playable=True, duration=61.2, width=640, height=320, derived={"poster": POSTER}, **values)
    return file


def test_the_first_picture_is_taken_and_all_lengths_are_added() -> None:
    plain = {"digest": "a", "poster": [], "sources": [{"mime_type": "audio/mpeg"}], "duration": 1.5}
    document = {"digest": "b", "poster": None, "sources": None, "duration": None}
    video = {"digest": "c", "poster": POSTER, "sources": [{"mime_type": "video/mp4"}], "duration": 60}
    found = preview([{"text": "words"}, {"audio_file": plain}, {"files": [{"file": document}]}, {"video_file": video}])
    assert found == (POSTER[:2], POSTER[2], 61.5, None)
    assert preview([{"video_file": video}]).video == {"mime_type": "video/mp4"}
    assert preview([]) == ([], None, 0, None)


def test_a_card_has_its_picture_and_its_length(client: FlaskClient, factory: Factory) -> None:
    factory.item(factory.page("Older"))
    factory.attached(factory.item(factory.page("Newer"), "video"), "video", film(factory))
    html = client.get("/").text
    widths = "/derived/0b/0b8a/poster-320.webp 320w, /derived/0b/0b8a/poster-640.webp 640w"
    [preloaded] = re.findall(r'<link rel="preload" [^>]*imagesrcset="([^"]*)"\s+imagesizes="([^"]*)"', html)
    [shown] = re.findall(r'<img [^>]*srcset="([^"]*)" sizes="([^"]*)"[^>]*\s+width="640" height="320" fetch', html)
    assert preloaded == shown
    assert shown[0] == widths
    assert re.findall(r"</span>([\d:]+)</p>", html) == ["1:01"]
    assert html.count('class="card-picture"') == 2


def test_what_other_sites_show_of_a_page(client: FlaskClient, factory: Factory) -> None:
    page = factory.page('A "title"', slug="it", text="Some *words*.")
    factory.attached(factory.item(page, "video"), "video", file := film(factory))
    for host in ("one.example", "two.example:8000"):
        html = client.get("/it/", base_url=f"https://{host}").text
        told = dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]*)" content="([^"]*)">', html))
        assert told == {
            "og:type": "article",
            "og:site_name": "Mediafold",
            "og:title": "A &#34;title&#34;",
            "og:description": "Some words.",
            "og:url": f"https://{host}/it/",
            "twitter:card": "summary_large_image",
            "og:image": f"https://{host}{POSTER[2]['path']}",
            "og:image:type": "image/jpeg",
            "og:image:width": "640",
            "og:image:height": "320",
            "og:video": f"https://{host}{file.url_path}",
            "og:video:type": "video/mp4",
            "og:video:width": "640",
            "og:video:height": "320",
        }


def test_a_page_of_words_has_neither(client: FlaskClient, factory: Factory) -> None:
    factory.item(factory.page(slug="it"))
    for address in ("/it/", "/"):
        html = client.get(address).text
        assert 'content="summary"' in html
        assert "og:image" not in html
        assert 'rel="preload"' not in html
