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
    assert (found["width"], found["height"], found["loading"]) == ("60", "40", "lazy")
    assert "class" not in found


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
