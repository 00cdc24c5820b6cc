"""Several files of one item in a browser: added at once, put in order, described, removed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import mediabytes
from tests.flows.browsing import Watched, open_context, signed_in_as
from tests.flows.client import Editor
from tests.flows.stack import Stack

pytestmark = pytest.mark.xdist_group("stack-media")


def order(page: Page) -> list[str]:
    return page.locator(".file").evaluate_all("rows => rows.map(row => row.dataset.title)")


def row(page: Page, name: str) -> Locator:
    return page.locator(f".file[data-title='{name}']")


def save(page: Page, button: str) -> None:
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/gallery/" in answer.url):
        page.locator(button).click()


def test_pictures_are_added_at_once_ordered_described_and_removed(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor
) -> None:
    number = editor.new_page("A gallery in a browser")
    page = signed_in_as(editor, open_context(browser, stack, opened))
    page.goto(f"/admin/gallery/new/?page={number}")
    files = [
        {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": mediabytes.picture(size=(60 + place, 40))}
        for place, name in enumerate(("first", "second", "third"))
    ]
    page.set_input_files("[name=pictures_file]", files)  # type: ignore[arg-type]
    save(page, "[name=_continue_editing]")
    expect(page.locator(".file .status-completed")).to_have_count(3)
    assert order(page) == ["first.jpg", "second.jpg", "third.jpg"]
    assert page.locator("[name=title]").input_value() == "first"
    expect(page.locator(".file img")).to_have_count(3)

    row(page, "third.jpg").locator(".handle").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert order(page) == ["third.jpg", "first.jpg", "second.jpg"]
    row(page, "third.jpg").locator("[name$=-caption]").fill("The last one")
    row(page, "first.jpg").locator("[name$=-remove]").check()
    handle, target = row(page, "second.jpg").locator(".handle"), row(page, "third.jpg")
    handle.drag_to(target, target_position={"x": 20, "y": 5}, steps=20)
    expect(page.locator(".file").first).to_have_attribute("data-title", "second.jpg")
    save(page, "[name=_continue_editing]")
    expect(page.locator(".file")).to_have_count(2)
    assert order(page) == ["second.jpg", "third.jpg"]
    expect(row(page, "third.jpg").locator("[name$=-caption]")).to_have_value("The last one")

    page.goto("/a-gallery-in-a-browser/")
    pictures = page.locator(".gallery a[data-lightbox] img")
    expect(pictures).to_have_count(2)
    assert pictures.evaluate_all("shown => shown.map(picture => picture.width > 0)") == [True, True]
    assert pictures.nth(1).get_attribute("alt") == "The last one"
