"""Retakes the screenshots in docs/images from a site with the demo pages: ``make docs-images``."""

from __future__ import annotations

from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.elsewhere import flask
from tests.flows.browsing import ARGUMENTS, chromium, sign_in
from tests.flows.stack import ROOT, Stack
from tests.waiting import eventually

#: Makes the first video of a page show a picture with its subtitles.
SHOW_VIDEO = """async () => {
    const video = document.querySelector("video");
    video.closest("article, section").scrollIntoView();
    video.textTracks[0].mode = "showing";
    video.currentTime = 14;
    await new Promise((done) => video.addEventListener("seeked", done, { once: true }));
}"""
FOLDER = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1280, 840
#: Of WebP, from 0 to 100.
QUALITY = 84


def opened(browser: Browser, stack: Stack, *, width: int = WIDTH, **options: str) -> Page:
    """A new window."""
    context = browser.new_context(
        base_url=stack.site, viewport={"width": width, "height": HEIGHT}, **{"locale": "en-US", **options}
    )
    return context.new_page()


def take(page: Page, address: str, name: str, *, tall: int = HEIGHT, video: bool = False, at: str = "") -> None:
    """Take a screenshot of a page that has been loaded: of its first video, or of the item with an element."""
    page.set_viewport_size({"width": (page.viewport_size or {"width": WIDTH})["width"], "height": tall})
    page.goto(address, wait_until="networkidle")
    if video:
        page.evaluate(SHOW_VIDEO)
        page.wait_for_timeout(500)  # until the player's spinner has faded
    if at:
        page.locator(at).first.evaluate("element => element.closest('article, section').scrollIntoView()")
        page.wait_for_load_state("networkidle")
    with Image.open(BytesIO(page.screenshot())) as screenshot:
        screenshot.save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)
    print(f"docs/images/{name}.webp")


def take_all(browser: Browser, stack: Stack) -> None:
    """Take every screenshot that README shows."""
    take(opened(browser, stack), "/", "list-light", tall=1000)
    take(opened(browser, stack, color_scheme="dark"), "/", "list-dark", tall=1000)
    take(opened(browser, stack), "/the-harbour-at-dawn/", "page-light", video=True)
    take(opened(browser, stack, width=390), "/the-harbour-at-dawn/", "page-narrow", video=True)
    russian = opened(browser, stack, locale="ru-RU", color_scheme="dark")
    take(russian, "/rassvet-v-gavani/", "page-dark", video=True)
    take(opened(browser, stack), "/music-for-a-slow-morning/", "recordings", at=".recording")
    take(opened(browser, stack, color_scheme="dark"), "/a-day-at-the-harbour/", "gallery-dark", tall=700, at=".gallery")
    take(opened(browser, stack), "/swagger/", "swagger")
    admin = opened(browser, stack)
    sign_in(admin)
    take(admin, "/admin/media/", "admin-library", tall=900)
    video = stack.one("SELECT id FROM content_item WHERE title = 'The harbour at dawn'")
    take(admin, f"/admin/video/edit/?id={video}", "admin-item-form", tall=1400)
    page = stack.one("SELECT id FROM page WHERE slug = 'welcome-to-mediafold'")
    take(admin, f"/admin/page/edit/?id={page}", "admin-page-form", tall=1000)
    film = stack.one("SELECT id FROM media_file WHERE container = 'avi'")
    take(admin, f"/admin/media/details/?id={film}", "admin-file", tall=1250)


def main() -> None:
    """Start a site, fill it, take the screenshots, and stop it."""
    stack = Stack()
    try:
        stack.start()
        status, printed = flask(stack.environ, "cms", "demo")
        assert status == 0, printed
        for waiting in (
            "SELECT count(*) FROM upload WHERE status != 'completed'",
            "SELECT count(*) FROM derivative WHERE status NOT IN ('ready', 'skipped')",
        ):
            assert eventually(lambda count=waiting: stack.one(count) == 0)
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
