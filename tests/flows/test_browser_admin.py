"""The look of the admin while something is sent or refused, and at any width."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.flows.browsing import Watched, open_context, sign_in
from tests.flows.client import Editor
from tests.flows.stack import Stack

# The top positions of the controls in a toolbar, by part.
TOPS = """() => [".search > *", ".tools .btn"].map((part) => new Set([...document.querySelectorAll(
  `.toolbar ${part}`)].map((each) => Math.round(each.getBoundingClientRect().top))).size)"""


@pytest.fixture
def page(browser: Browser, stack: Stack, opened: dict[str, Watched]) -> Page:
    """The page of a signed-in editor, in dark colors and in Russian, whose words are long."""
    page = open_context(browser, stack, opened, locale="ru-RU", color_scheme="dark")
    sign_in(page)
    return page


def luminance(colour: str) -> float:
    """The relative luminance of a color like ``rgb(1, 2, 3)``, as defined in WCAG 2.2."""
    parts = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_fields_can_be_read_while_a_file_is_sent(page: Page, editor: Editor, media_files: dict[str, Path]) -> None:
    number = editor.new_page("Sent in the dark")
    held: list[Route] = []
    page.route(
        "**/admin/video/new/**",
        lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
    )
    page.goto(f"/admin/video/new/?page={number}")
    page.fill("[name=title]", "Words")
    page.set_input_files("[name=video_file]", media_files["video.mp4"])
    page.locator(".admin-form [type=submit]").first.click()
    expect(page.locator("[name=title]")).to_be_disabled()
    for part in ("[name=title]", "label[for=title]", "#s2id_page .select2-choice"):
        style = "part => [getComputedStyle(part).color, getComputedStyle(part).backgroundColor]"
        dark, light = sorted(map(luminance, page.locator(part).evaluate(style)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, part
    held[0].continue_()
    page.wait_for_url("**/admin/video/")


@pytest.mark.parametrize(("address", "focused"), [("?page={}", "[name=title]"), ("", "#s2id_page .select2-focusser")])
def test_the_first_field_in_error_has_the_focus(page: Page, editor: Editor, address: str, focused: str) -> None:
    number = editor.new_page(f"Refused {focused}")
    page.goto(f"/admin/video/new/{address.format(number)}")
    page.locator(".admin-form [type=submit]").first.click()
    expect(page.locator(".field-error").first).to_be_visible()
    expect(page.locator(focused)).to_be_focused()


@pytest.mark.parametrize("list_", ["video", "media", "page", "page/?search=x"])
def test_toolbars_stay_together_at_any_width(page: Page, list_: str) -> None:
    page.goto(f"/admin/{list_}")
    for width in range(320, 1400, 60):
        page.set_viewport_size({"width": width, "height": 800})
        search, tools = page.evaluate(TOPS)
        # The library has more of them than a phone has room for.
        assert search == 1, width
        assert tools <= (2 if list_ == "media" and width < 480 else 1), width


def test_the_library_is_filtered_by_a_day_from_the_browsers_calendar(page: Page) -> None:
    page.goto("/admin/media/")
    page.locator(".toolbar .dropdown-toggle").first.click()
    page.locator(".dropdown-menu a.filter", has_text="Дата").click()
    day = page.locator(".filters input.filter-val")
    expect(day).to_have_attribute("type", "date")
    day.fill("2020-01-02")
    page.locator("#filter_form [type=submit]").click()
    page.wait_for_url("**date_from=2020-01-02**")
    expect(page.locator(".filters input.filter-val")).to_have_value("2020-01-02")
