"""In a browser: what the search box finds is opened by the keyboard, and what a list finds is changed all at once."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.flows.browsing import Watched, open_context, signed_in_as
from tests.flows.client import Editor
from tests.flows.stack import Stack

#: One more than a list shows at once.
PAGES = 21


def test_finding_and_changing_many(browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor) -> None:
    for number in range(PAGES):
        editor.new_page(f"Lighthouse {number}", is_published="")
    page = signed_in_as(editor, open_context(browser, stack, opened))
    page.goto("/admin/")
    page.keyboard.press("/")
    page.keyboard.type("ighthouse 20")
    expect(page.get_by_role("option")).to_have_text(["Lighthouse 20 Draft"])
    expect(page.locator("#search [role=status]")).to_have_text("Found: 1. Choose with the arrow keys.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("combobox", name="Search everything")).to_have_attribute(
        "aria-activedescendant", "found-0-0"
    )
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/page/edit/**")
    expect(page.get_by_label("Title").first).to_have_value("Lighthouse 20")
    page.goto("/admin/page/?search=lighthouse")
    offer = page.get_by_text(f"Select all {PAGES} that match")
    expect(offer).to_be_hidden()
    page.get_by_role("checkbox", name="Select all", exact=True).check()
    offer.click()
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.get_by_role("button", name="With selected").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text(f"Published: {PAGES}.")).to_be_visible()
    assert asked == [f"Do this with all {PAGES} that match?"]


def test_an_item_that_is_found_opens_in_its_row(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor
) -> None:
    number = editor.new_page("Signals")
    items = [editor.add("text", number, title).id for title in ("Foghorn of the north", "Foghorn of the south")]
    page = signed_in_as(editor, open_context(browser, stack, opened))
    page.goto("/admin/")
    for words, item in zip(("foghorn north", "foghorn south"), items, strict=True):
        page.get_by_role("combobox", name="Search everything").fill(words)
        expect(page.locator("#search [role=option]")).to_have_count(1)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/admin/page/edit/?id={number}#item-{item}-title")
        expect(page.locator(f"[data-item='{item}'] .in-place [name=title]")).to_be_focused()
