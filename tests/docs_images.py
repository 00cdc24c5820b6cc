"""Retakes the screenshots in docs/images from a site with the demo pages: ``make docs-images``."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, sync_playwright

from tests.elsewhere import flask
from tests.flows.browsing import ARGUMENTS, chromium, sign_in
from tests.flows.stack import ROOT, Stack
from tests.waiting import eventually

#: Makes the first video of a page show its picture.
SHOW_VIDEO = """async () => {
    const video = document.querySelector("video");
    video.closest("article, section").scrollIntoView();
    video.currentTime = 1;
    await new Promise((done) => video.addEventListener("seeked", done, { once: true }));
}"""
FOLDER = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1200, 800


def opened(browser: Browser, stack: Stack, *, width: int = WIDTH, **options: str) -> Page:
    """A new window."""
    context = browser.new_context(
        base_url=stack.site, viewport={"width": width, "height": HEIGHT}, **{"locale": "en-US", **options}
    )
    return context.new_page()


def take(page: Page, address: str, name: str, *, whole: bool = False, video: bool = False) -> None:
    """Take a screenshot of a page once nothing is loading any more: of the whole page, or of its first video."""
    page.goto(address, wait_until="networkidle")
    if video:
        page.evaluate(SHOW_VIDEO)
        page.wait_for_timeout(500)  # until the player's spinner has faded
    page.screenshot(path=FOLDER / f"{name}.png", full_page=whole)
    print(f"docs/images/{name}.png")


def take_all(browser: Browser, stack: Stack) -> None:
    """Take every screenshot that README shows."""
    take(opened(browser, stack), "/", "list-light")
    take(opened(browser, stack), "/welcome-to-mediafold/", "page-light", video=True)
    take(opened(browser, stack, width=375), "/welcome-to-mediafold/", "page-narrow", video=True)
    russian = opened(browser, stack, locale="ru-RU", color_scheme="dark")
    take(russian, "/dobro-pozhalovat/", "page-dark", video=True)
    take(opened(browser, stack), "/swagger/", "swagger")
    admin = opened(browser, stack)
    sign_in(admin)
    take(admin, "/admin/video/", "admin-videos")
    take(admin, "/admin/page/edit/?id=1", "admin-page-form", whole=True)
    take(admin, "/admin/video/edit/?id=2", "admin-item-form", whole=True)


def main() -> None:
    """Start a site, fill it, take the screenshots, and stop it."""
    stack = Stack()
    try:
        stack.start()
        status, printed = flask(stack.environ, "cms", "demo")
        assert status == 0, printed
        count = "SELECT count(*) FROM upload WHERE status != 'completed'"
        assert eventually(lambda: stack.one(count) == 0)
        program = chromium()
        assert program, "no chromium on PATH"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
            take_all(browser, stack)
            browser.close()
    finally:
        stack.stop()
        stack.remove()


if __name__ == "__main__":
    main()
