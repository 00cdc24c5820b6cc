"""In a browser: what the search box finds is opened by the keyboard, and what lists find is changed all at once."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

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


def test_items_of_a_list_are_moved_to_a_page_and_back(page: Page, editor: Editor) -> None:
    source, target = editor.new_page("Lanterns at sea"), editor.new_page("Lanterns ashore")
    for number in (1, 2):
        editor.add("text", source, f"Lantern {number}", text="It is lit.")
    page.goto("/admin/text/?search=lantern")
    pages = page.locator("td.col-page")
    page.get_by_role("checkbox", name="Select all", exact=True).check()
    page.get_by_role("button", name="With selected").click()
    page.get_by_role("button", name="Move to another page…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move 2 items to another page")
    page.locator(".select2-choice").click()
    page.locator(".select2-input").last.fill("lanterns ashore")
    page.locator(".select2-result-label", has_text="Lanterns ashore").click()
    expect(page.locator("[name=page]")).to_have_value(str(target))
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("main > .alert")).to_contain_text("2 items moved to “Lanterns ashore”.")
    expect(pages).to_have_text(["Lanterns ashore"] * 2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main > .alert")).to_have_text("Undone.")
    expect(pages).to_have_text(["Lanterns at sea"] * 2)
