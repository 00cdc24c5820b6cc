"""A real browser, and what it complains about."""

from __future__ import annotations

import itertools
import re
import shutil
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.flows.client import Editor
from tests.flows.stack import EMAIL, PASSWORD, Stack
from tests.waiting import DEADLINE, eventually

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PAGE_FORM = re.compile(r"^[^?]*/admin/page/edit/")  # the path: an item's form has this address in its query

#: Chromium programs, the fastest first.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """The browser program, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class Watched:
    """A browser context that records its pages' complaints and requests."""

    def __init__(self, context: BrowserContext, stack: Stack) -> None:
        self.context = context
        self.complaints: list[str] = []
        self._own = urlsplit(stack.site).netloc
        context.set_default_timeout(DEADLINE * 1000)
        context.on("page", self._listen)
        context.on("request", lambda request: self._look(request.url))
        self.page = context.new_page()

    def _listen(self, page: Page) -> None:
        page.on("console", lambda message: self._note(message.type, message.text, page.url))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("requestfailed", lambda request: self._failed(request.url, str(request.failure)))

    def _note(self, kind: str, text: str, where: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{where}: {kind}: {text}")

    def _failed(self, url: str, why: str) -> None:
        if "ERR_ABORTED" not in why:  # aborted by a player, or by leaving the page
            self.complaints.append(f"{url}: {why}")

    def _look(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self._own:
            self.complaints.append(f"asked elsewhere: {url}")


def open_context(browser: Browser, stack: Stack, opened: dict[str, Watched], **options: object) -> Page:
    """A page of a context of its own, where somebody has chosen to edit texts as their source, and closed the pane."""
    kept = [{"name": "markdown", "value": "source"}, {"name": "side", "value": ""}]
    chosen = {"origin": stack.site, "localStorage": kept}
    options = {"locale": "en-US", "storage_state": {"origins": [chosen]}, **options}
    context = browser.new_context(base_url=stack.site, **options)
    opened[str(len(opened))] = watched = Watched(context, stack)
    return watched.page


def sign_in(page: Page) -> None:
    page.goto("/admin/")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/admin/")


def signed_in_as(editor: Editor, page: Page) -> Page:
    """The page, with the session of an editor who is already signed in."""
    cookies = [{"name": str(cookie.name), "value": str(cookie.value), "url": editor.site} for cookie in editor.cookies]
    page.context.add_cookies(cookies)
    return page


def follow(page: Page, link: Locator) -> None:
    """Click, and wait for the scripts of the next page: without them a form is sent differently."""
    with page.expect_event("load"):
        link.click()


#: How many rows lie before the one that an element is in.
_PLACE = (
    "(part) => { const row = part.closest('[data-item], tr'); return [...row.parentElement.children].indexOf(row); }"
)


def follow_alone(page: Page, link: Locator) -> None:
    """Open what a link leads to as a page of its own, even if a script would open it in place."""
    page.goto(link.get_attribute("href") or "")


def drag(page: Page, handle: Locator, to: Locator) -> None:
    """Drag like a hand: in small moves, until the row is where it should be."""
    handle.scroll_into_view_if_needed()
    start, end = handle.bounding_box(), to.bounding_box()
    assert start
    assert end
    dragged, place = handle.element_handle(), to.evaluate(_PLACE)
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, start["y"] - 5, steps=10)
    shake = itertools.cycle((6, 5, 4))  # a resting pointer sends no events

    def lies_there() -> bool:
        page.mouse.move(end["x"] + 20, end["y"] + next(shake), steps=5)
        return bool(dragged.evaluate(_PLACE) == place)

    assert eventually(lies_there)
    page.mouse.up()
