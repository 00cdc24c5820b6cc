"""End to end in a real browser: an editor signs in and uploads, a visitor watches. No other host is contacted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.flows.browsing import PAGE_FORM, Watched, follow, follow_alone, open_context, sign_in
from tests.flows.client import Editor
from tests.flows.stack import Stack

WIDTH_IS_KEPT = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def shown(editor: Editor, media_files: dict[str, Path]) -> int:
    """A page with one item of each kind, and long words where they could break the layout."""
    page = editor.new_page("Shown in a browser", slug="shown", text="# Words\n\n" + "long" * 60 + "\n\n`code` " * 9)
    slots = {"video": "video.webm", "subtitles": "subtitles.srt"}
    files = {slot: ("a-very-long-name" * 9 + name, media_files[name].read_bytes()) for slot, name in slots.items()}
    film = editor.add("video", page, "A video", files)
    files = {"audio": ("sound.mp3", media_files["sound.mp3"].read_bytes())}
    sound = editor.add("audio", page, "A sound", files, text="Words")
    wide = "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n" + "x" * 300 + "\n```"
    editor.add("text", page, "A title of " + "many words " * 20, text=wide)
    editor.add("video", page, "A link", video_url="https://example.com/" + "long/" * 40)
    editor.add("video", page, "A film elsewhere", video_url="https://example.com/film.mp4")  # the test does not play it
    editor.wait(*film.uploads, *sound.uploads)
    return page


def test_an_editor_uploads_and_a_visitor_watches(
    browser: Browser, stack: Stack, opened: dict[str, Watched], media_files: dict[str, Path]
) -> None:
    page = open_context(browser, stack, opened)
    sign_in(page)
    follow(page, page.get_by_role("link", name="New page"))
    page.fill("[name=title]", "From a browser")
    page.check("[name=is_published]")
    page.locator("form [type=submit]").first.click()
    page.wait_for_url(PAGE_FORM)
    follow_alone(page, page.locator("#add a[href*='/admin/video/new/']"))
    page.fill("[name=title]", "A video")
    page.set_input_files("[name=video_file]", media_files["video.webm"])
    page.set_input_files("[name=subtitles_file]", media_files["subtitles.srt"])
    page.locator("form:has([name=video_file]) [type=submit]").first.click()
    page.wait_for_url(PAGE_FORM)  # back on the page's form
    page.evaluate("window.notReloaded = true")
    state = page.locator("[data-item] [id^=status]")
    expect(state).to_have_text(re.compile("^video, subtitles +Completed *$"))  # in one line
    assert page.evaluate("window.notReloaded"), "the badges keep themselves up to date"

    visitor = open_context(browser, stack, opened)
    visitor.goto("/")
    visitor.get_by_role("link", name="From a browser").first.click()
    visitor.wait_for_url("**/from-a-browser/")
    assert views(visitor) == 0
    played = visitor.evaluate(
        """async () => {
            const video = document.querySelector("video");
            video.muted = true;
            await video.play();
            await new Promise((done) => video.addEventListener("timeupdate", () => video.currentTime > 0.1 && done()));
            return [video.currentTime, video.videoWidth, video.error];
        }"""
    )
    assert played[0] > 0.1
    assert played[1:] == [32, None]
    cues = """() => {
        const track = document.querySelector("track");
        track.track.mode = "showing";
        return track.readyState === 2 && track.track.cues.length;
    }"""
    assert visitor.wait_for_function(cues).json_value() == 2
    visitor.reload()
    assert views(visitor) == 1
    page.reload()
    visitor.reload()
    assert views(visitor) == 2, "reading the form counts nothing"


def go(page: Page, path: str) -> None:
    answer = page.goto(path, wait_until="networkidle")
    assert getattr(answer, "status", None) == 200, path


def views(page: Page) -> int:
    return int(page.locator(".item .views b").first.inner_text())


def test_a_failed_upload_becomes_failed_without_a_reload_and_says_why(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor, tmp_path: Path
) -> None:
    number = editor.new_page("Fails in a browser")
    wrong = tmp_path / "text.mp4"
    wrong.write_text("no film")
    page = open_context(browser, stack, opened)
    sign_in(page)
    page.goto(f"/admin/page/edit/?id={number}")
    follow_alone(page, page.locator("#add a[href*='/admin/video/new/']"))
    page.fill("[name=title]", "No film")
    page.set_input_files("[name=video_file]", wrong)
    page.locator("form:has([name=video_file]) [type=submit]").first.click()
    badge = page.locator("[data-upload]")
    expect(badge).to_have_text("Failed")
    expect(page.locator("[data-reason]")).to_contain_text("not of a supported type")


PUBLIC = ["/", "/shown/", "/login", "/swagger/", "/redoc/"]
ADMIN = ["", "page/", "page/new/", "page/edit/?id={page}", "video/", "video/new/?page={page}", "upload/", "media/"]


def test_no_page_complains_or_asks_another_host(
    browser: Browser, stack: Stack, opened: dict[str, Watched], shown: int
) -> None:
    page = open_context(browser, stack, opened)
    for path in PUBLIC:
        go(page, path)
    page.goto("/swagger/")
    expect(page.locator(".opblock").first).to_be_visible()
    page.goto("/redoc/")
    expect(page.get_by_role("heading", name="List published pages")).to_be_visible()
    sign_in(page)
    for path in ADMIN:
        go(page, f"/admin/{path.format(page=shown)}")


def test_a_deletion_is_asked_for_and_a_no_keeps_the_item(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor
) -> None:
    number = editor.new_page("Asked first")
    editor.add("text", number, "Kept")
    page = open_context(browser, stack, opened)
    sign_in(page)
    page.goto(f"/admin/page/edit/?id={number}")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.locator("[data-item] summary").click()
    page.get_by_role("button", name="Delete").click()
    assert len(asked) == 1
    page.reload()
    expect(page.locator("[data-item]")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("[data-item] summary").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("[data-item]")).to_have_count(0)


def test_a_list_is_searched_and_filtered(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor
) -> None:
    number = editor.new_page("To be filtered")
    for title in ("Ёлка", "Ёж", "Yak"):
        editor.add("text", number, title)
    page = open_context(browser, stack, opened)
    sign_in(page)
    page.goto("/admin/text/")
    rows = page.locator("table.model-list tbody tr")
    page.fill("[name=search]", "ё")
    page.press("[name=search]", "Enter")
    page.wait_for_url("**search=**")
    expect(rows).to_have_count(2)
    page.goto("/admin/text/")
    page.get_by_text("Add filter").click()
    page.locator(".dropdown-menu a.filter", has_text="Page").click()
    page.locator(".filters input.filter-val").fill("to be FILT")
    page.locator(".filters [type=submit], .filters-apply, button:has-text('Apply')").first.click()
    page.wait_for_load_state()
    expect(rows).to_have_count(3)
    expect(page.locator(".filters .select2-focusser")).to_have_role("combobox")


def test_the_switch_changes_the_language_and_the_browser_chooses_it_at_first(
    browser: Browser, stack: Stack, opened: dict[str, Watched], shown: int
) -> None:
    page = open_context(browser, stack, opened)
    page.goto("/shown/")
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator("nav a[hreflang=ru]").click()
    page.wait_for_url("**/shown/")
    assert page.locator("html").get_attribute("lang") == "ru"
    expect(page.locator("footer")).to_contain_text(re.compile("[А-я]{3}"))
    page.goto("/login")
    assert page.locator("html").get_attribute("lang") == "ru"
    russian = open_context(browser, stack, opened, locale="ru-RU")
    russian.goto("/")
    assert russian.locator("html").get_attribute("lang") == "ru"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_pages_have_nothing_to_scroll_sideways(
    browser: Browser, stack: Stack, opened: dict[str, Watched], shown: int, scheme: str
) -> None:
    size = {"width": 375, "height": 800}
    page = open_context(browser, stack, opened, color_scheme=scheme, viewport=size)
    colours = set()
    for path in ("/", "/shown/", "/login", "/nothing-here/"):
        page.goto(path)
        assert page.evaluate(WIDTH_IS_KEPT), path
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    (colour,) = colours
    brightness = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
    assert brightness > 200 if scheme == "light" else brightness < 60
    opened["0"].complaints[:] = [found for found in opened["0"].complaints if "404" not in found]  # the requested 404
    sign_in(page)
    for path in ADMIN:
        go(page, f"/admin/{path.format(page=shown)}")
        assert page.evaluate(WIDTH_IS_KEPT), path
