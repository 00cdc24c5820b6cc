"""Players of other sites in a real browser: no other host is asked before a visitor wants it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.flows.browsing import Watched, open_context
from tests.flows.client import Editor
from tests.flows.stack import Stack

VIDEO = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"
LINK = "https://tube.example/w/kkGMgK9ZtnKfYAgnEtQxbv"
PLAY = "Play it here"


@pytest.fixture(scope="module")
def page_id(editor: Editor) -> int:
    """A page with what is played, and what is but a link."""
    number = editor.new_page("Played elsewhere", slug="played-elsewhere")
    editor.add("embed", number, "A film", embed_url=VIDEO)
    editor.add("embed", number, "A link", embed_url=LINK)
    return number


def ask(page: Page) -> list[str]:
    """Open the page, and answer for other hosts; what they are asked from then on."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body="<!doctype html><title>A player</title><p>Playing.", content_type="text/html")

    page.route(lambda url: not url.startswith("http://127.0.0.1"), answer)
    page.goto("/played-elsewhere/", wait_until="networkidle")
    return asked


def test_no_other_host_is_asked_before_the_click(
    browser: Browser, stack: Stack, opened: dict[str, Watched], page_id: int
) -> None:
    page = open_context(browser, stack, opened)
    asked = ask(page)
    expect(page.get_by_role("button", name=PLAY)).to_have_count(1)
    expect(page.locator("iframe")).to_have_count(0)
    assert asked == []
    watched = opened[str(len(opened) - 1)]
    assert watched.complaints == []
    page.get_by_role("button", name=PLAY).press("Enter")
    expect(page.frame_locator("iframe").get_by_text("Playing.")).to_be_visible()
    assert asked == ["https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ?autoplay=1"]
    frame = page.locator("iframe")
    expect(frame).to_be_focused()
    expect(frame).to_have_attribute("title", "A film")
    expect(page.get_by_role("link", name="See it on the other site")).to_have_count(2)
    # It has been asked for now: the rest of what the browser says has to be nothing.
    assert [told for told in watched.complaints if not told.startswith("asked elsewhere")] == []
    watched.complaints.clear()


def test_without_scripts_there_are_links(
    browser: Browser, stack: Stack, opened: dict[str, Watched], page_id: int
) -> None:
    page = open_context(browser, stack, opened, java_script_enabled=False)
    assert ask(page) == []
    expect(page.get_by_role("button", name=PLAY)).to_be_hidden()
    links = page.get_by_role("link", name="See it on the other site")
    assert [link.get_attribute("href") for link in links.all()] == [VIDEO, LINK]
