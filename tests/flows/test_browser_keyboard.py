"""An editor's jobs without a mouse: Tab, Enter, Space and arrow keys reach all that they need."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests import mediabytes
from tests.flows.browsing import PAGE_FORM, Watched, open_context, signed_in_as
from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack

pytestmark = pytest.mark.xdist_group("stack-media")

#: How many presses of Tab lead through the longest of these screens.
MOST = 150


def reach(page: Page, wanted: Locator) -> Locator:
    """Press Tab until something has the focus. It has to be seen that it does."""
    wanted = wanted.first
    wanted.wait_for(state="attached")
    for _ in range(MOST):
        if wanted.evaluate("element => element === document.activeElement"):
            expect(wanted).to_be_visible()
            return wanted
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    reach(page, wanted)
    page.keyboard.press(key)


def choose(page: Page, opens: Locator, files: Sequence[FilePayload], field: Locator | None = None) -> None:
    """Choose files where Enter would open the system's dialog, which is no part of the page."""
    reach(page, opens)
    (field or opens).set_input_files(files)


def picture(name: str, size: tuple[int, int]) -> FilePayload:
    return FilePayload(name=name, mimeType="image/jpeg", buffer=mediabytes.picture(size=size))


def test_a_page_is_made_filled_corrected_and_published(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor, visitor: Visitor
) -> None:
    page = signed_in_as(editor, open_context(browser, stack, opened))
    page.goto("/admin/page/new/")
    reach(page, page.locator("[name=title]"))
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    page.wait_for_url(PAGE_FORM)
    rows, forms = page.locator("[data-item]"), page.locator(".in-place form")

    press(page, page.locator("#add").get_by_role("link", name="Text"))
    expect(forms.locator("[name=title]")).to_be_focused()
    page.keyboard.type("Words")
    reach(page, forms.locator("[name=text]"))
    page.keyboard.type("Nobody has a mouse.")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.keyboard.press("Escape")
    expect(forms).to_have_count(0)

    button, field = page.get_by_role("button", name="Choose files"), page.locator("#upload-files")
    choose(page, button, [picture("wrong.jpg", (57, 31))], field)
    expect(page.locator(".tray-end")).to_have_text("1 file: 1 ready.")
    expect(rows).to_have_count(2)
    press(page, rows.nth(1).locator("[data-edit]"))
    choose(page, forms.locator("[name=picture_file]"), [picture("right.jpg", (59, 31))])
    expect(forms.get_by_role("link", name="right")).to_be_visible()
    press(page, forms.get_by_role("button", name="Save"))
    expect(forms).to_have_count(0)

    press(page, page.get_by_role("button", name="Publish", exact=True))
    expect(page.locator("#state")).to_have_text("Published")
    number = int(page.url.partition("id=")[2].partition("&")[0])
    assert [item["title"] for item in visitor.items(number)] == ["Words", "wrong"]
    assert "right" in visitor.items(number)[1]["picture_path"]


def test_files_are_merged_and_that_is_undone(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor
) -> None:
    number = editor.new_page("Alike")
    for name, size in (("lamp one", (63, 35)), ("lamp two", (65, 35))):
        file = (f"{name}.jpg", mediabytes.picture(size=size))
        editor.wait(*editor.add("picture", number, name, {"picture": file}).uploads)
    page = signed_in_as(editor, open_context(browser, stack, opened))
    page.goto("/admin/media/?search=lamp")
    for place in (0, 1):
        press(page, page.locator(".action-checkbox").nth(place), "Space")
    press(page, page.locator("button", has_text="With selected"))
    press(page, page.locator("[name=action][value=merge]"))
    expect(page.get_by_role("heading", name="Merge files")).to_be_visible()
    reach(page, page.locator("[name=stays]:checked"))
    page.keyboard.press("ArrowDown")
    press(page, page.get_by_role("button", name="Merge", exact=True))
    expect(page.locator("#uses small")).to_have_text("2")
    press(page, page.locator(".undo button"))
    expect(page.locator("#uses small")).to_have_text("1")
