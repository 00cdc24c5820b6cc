"""Pictures on a visitor's page: with room for them before they are there, and words for those who do not see them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories import Factory


@pytest.fixture
def page_with(client: FlaskClient, factory: Factory) -> Any:
    """A visitor's page with one picture of a size; its HTML."""

    def make(width: int | None = 60, height: int | None = 40, **values: Any) -> str:
        page = factory.page(slug="it")
        factory.change(file := factory.media_file(family="image"), width=width, height=height)
        factory.attached(factory.item(page, "picture", title="The title", **values), "picture", file)
        return client.get("/it/").text

    return make


def image(html: str) -> dict[str, str]:
    [tag] = re.findall(r'<img ([^>]*src="/media/[^>]*)>', html)
    return dict(re.findall(r'([\w-]+)="([^"]*)"', tag))


def test_it_has_its_room_before_it_is_there(page_with: Any) -> None:
    found = image(page_with(60, 40))
    assert (found["width"], found["height"]) == ("60", "40")
    assert "class" not in found


def test_the_first_thing_on_a_page_is_not_waited_for_and_others_are(client: FlaskClient, factory: Factory) -> None:
    page = factory.page(slug="it")
    for _ in range(2):
        factory.with_media(page, "picture")
    first, second = re.findall(r"<img [^>]*src=[^>]*/media/[^>]*>", client.get("/it/").text)
    assert ("lazy" in first, 'fetchpriority="high"' in first) == (False, True)
    assert ("lazy" in second, "fetchpriority" in second) == (True, False)


def test_one_that_is_higher_than_wide_is_as_high_as_the_screen_at_the_most(page_with: Any) -> None:
    assert image(page_with(40, 60))["class"] == "tall"


def test_one_that_nobody_has_measured_is_shown(page_with: Any) -> None:
    assert not {"width", "height", "class"} & image(page_with(None, None)).keys()


def test_caption_and_credit_stand_below_it(page_with: Any) -> None:
    html = page_with(alt_text="A <cat>", caption="It *sleeps*.", credit="Ann & Co")
    assert image(html)["alt"] == "A &lt;cat&gt;"
    caption = re.search(r"<figcaption>(.*?)</figcaption>", html, re.DOTALL)
    assert caption
    assert "<p>It *sleeps*.</p>" in caption[1], "a line is no Markdown"
    assert "<span>Ann &amp; Co</span>" in caption[1]
    assert re.search(r'<a [^>]*href="/media/[^"]+"[^>]*>Full size <small>PNG · 60 × 40</small>', caption[1])


def test_without_words_for_those_who_do_not_see_it_its_title_stands_in(page_with: Any) -> None:
    assert image(page_with())["alt"] == "The title"


def test_a_picture_elsewhere_is_a_link(client: FlaskClient, factory: Factory) -> None:
    """No other host hears of a visitor."""
    link = "https://pictures.example/a.jpg"
    factory.item(factory.page(slug="it"), "picture", picture_url=link, caption="Far away", credit="Ann")
    html = client.get("/it/").text
    assert f'href="{link}"' in html
    assert "/media/" not in html
    assert "<span>Far away</span><span>Ann</span>" in html


def test_its_size_is_in_the_json(client: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    factory.change(file := factory.media_file(family="image"), width=60, height=40)
    factory.attached(factory.item(page, "picture"), "picture", file)
    [item] = client.get(f"/api/page/content/{page.id}/").json["contents"]
    assert (item["picture_file"]["width"], item["picture_file"]["height"]) == (60, 40)
    assert item["picture_file"]["playable"] is None


POSTER = [
    {
        "path": f"/derived/0b/0b8a1f6f7c2d/picture-1-1-9f8e7d6c5b4a3f2e-{name}",
        "width": 40,
        "height": 30,
        "mime_type": mime,
    }
    for name, mime in (("320.webp", "image/webp"), ("640.webp", "image/webp"), ("640.jpg", "image/jpeg"))
]


@pytest.mark.parametrize("animated", [False, True])
def test_it_is_shown_in_the_sizes_that_were_made_unless_it_moves(
    client: FlaskClient, factory: Factory, animated: bool
) -> None:
    file = factory.media_file(family="image")
    factory.change(file, width=800, height=600, facts={"animated": animated}, derived={"poster": POSTER})
    factory.attached(factory.item(factory.page(slug="it"), "picture", caption="A & B"), "picture", file)
    html = client.get("/it/").text
    [shown] = re.findall(r"<img [^>]*fetchpriority[^>]*>", html)
    assert ("-320.webp 40w, " in shown, "640.jpg" in shown) == (not animated, False)
    assert f'src="{file.url_path if animated else POSTER[1]["path"]}"' in shown
    [link] = re.findall(r"<a [^>]*data-lightbox[^>]*>", html)
    assert f'href="{file.url_path}"' in link
    assert 'data-width="800" data-height="600" data-caption="A &amp; B"' in link.replace("\n ", "")
