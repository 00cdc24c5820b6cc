"""Pictures in a real browser: in the size that the screen needs, and large in a lightbox."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.flows.browsing import Watched, open_context
from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack
from tests.mediabytes import picture
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("stack-media")

FIGURE = re.compile(r'<figure class="picture">.*?</figure>', re.DOTALL)


@pytest.fixture(scope="module")
def page_id(editor: Editor, stack: Stack) -> int:
    """A page with a picture, whose sizes are ready."""
    number = editor.new_page("Pictures", slug="pictures")
    file = {"picture": ("hills.jpg", picture(size=(1000, 600), located=True))}
    added = editor.add("picture", number, "Hills", file, alt_text="Two hills", caption="The first")
    editor.wait(*added.uploads)
    visitor = Visitor(stack)
    assert eventually(lambda: visitor.items(number)[0]["picture_file"]["poster"])
    return number


def doubled(route: Route) -> None:
    """Answer with the page, with its picture twice: a gallery."""
    answer = route.fetch()
    again = FIGURE.sub(lambda found: found[0] + found[0].replace("The first", "The second"), answer.text(), count=1)
    route.fulfill(response=answer, body=again)


def visit(browser: Browser, stack: Stack, opened: dict[str, Watched], **options: object) -> Page:
    page = open_context(browser, stack, opened, viewport={"width": 390, "height": 800}, **options)
    page.route("**/pictures/", doubled)
    page.goto("/pictures/", wait_until="networkidle")
    return page


def test_pictures_of_an_item_are_seen_one_by_one(
    browser: Browser, stack: Stack, opened: dict[str, Watched], page_id: int
) -> None:
    page = visit(browser, stack, opened)
    image = page.get_by_role("img", name="Two hills").first
    assert image.evaluate("image => image.currentSrc").endswith("-640.webp")
    page.locator("a[data-lightbox]").first.press("Enter")
    box, caption = page.get_by_role("dialog"), page.locator(".lightbox-caption")
    expect(box).to_be_visible()
    expect(caption).to_have_text("The first")
    expect(box.get_by_role("img", name="Two hills").first).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(caption).to_have_text("The second")
    box.get_by_role("button", name="Previous picture").click()
    expect(caption).to_have_text("The first")
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(page.locator("a[data-lightbox]").first).to_be_focused()


def test_without_scripts_it_is_a_link_to_the_whole_picture(
    browser: Browser, stack: Stack, opened: dict[str, Watched], page_id: int
) -> None:
    page = visit(browser, stack, opened, java_script_enabled=False)
    address = page.locator("a[data-lightbox]").first.get_attribute("href")
    assert address
    answer = page.request.get(address)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
