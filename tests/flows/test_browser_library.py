"""The library in a browser: a file that is there is chosen for a new item, described, replaced everywhere, and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import mediabytes
from tests.flows.browsing import Watched, open_context, signed_in_as
from tests.flows.client import Editor
from tests.flows.stack import Stack

pytestmark = pytest.mark.xdist_group("stack-media")


def add(page: Page, number: int, name: str, size: tuple[int, int]) -> None:
    """A picture that is uploaded into an item of its own."""
    page.goto(f"/admin/picture/new/?page={number}")
    file = {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": mediabytes.picture(size=size)}
    page.set_input_files("[name=picture_file]", [file])  # type: ignore[list-item]
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/picture/" in answer.url):
        page.locator("[name=_continue_editing]").click()
    expect(page.locator(".status-completed")).to_have_count(1)


def test_a_file_is_chosen_described_and_replaced(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor
) -> None:
    number = editor.new_page("The library in a browser")
    page = signed_in_as(editor, open_context(browser, stack, opened))
    add(page, number, "Wharf at noon", (61, 43))
    add(page, number, "Wharf at night", (67, 43))

    page.goto(f"/admin/picture/new/?page={number}")
    page.locator("[data-pick]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("NOON wha")
    expect(page.locator("#library [data-file]")).to_have_count(1)
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#library")).not_to_be_visible()
    expect(page.locator("[data-picked]")).to_contain_text("Wharf_at_noon")
    page.locator("[name=_continue_editing]").click()
    expect(page.locator("[name=title]")).to_have_value("Wharf at noon")

    page.goto("/admin/media/?search=wharf+noon")
    page.locator("a[title='View Record'], a[href*='/media/details/']").first.click()
    page.locator("[name=alt]").fill("Boats in the sun")
    page.locator("[name=tags]").fill("Quay")
    page.locator(".texts-form .btn-primary").click()
    expect(page.locator(".alert-success")).to_be_visible()

    page.locator("a[href*='/media/replace/']").click()
    page.locator(".posters a", has_text="Wharf_at_night").click()
    page.locator("button", has_text="Replace in 2 places").click()
    expect(page.locator("#uses small")).to_have_text("3")
    page.locator(".undo button").click()
    expect(page.locator("#uses small")).to_have_text("2")
    page.goto("/the-library-in-a-browser/")
    expect(page.locator("img[alt='Boats in the sun']")).to_have_count(2)


def test_several_files_become_items_and_one_file(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor
) -> None:
    number = editor.new_page("Several at once")
    page = signed_in_as(editor, open_context(browser, stack, opened))
    add(page, number, "Pier by day", (71, 53))
    add(page, number, "Pier by night", (73, 53))

    page.goto(f"/admin/page/edit/?id={number}")
    rows, dialog = page.locator("[data-item]"), page.locator("#library")
    expect(rows).to_have_count(2)
    page.locator("#add [data-pick]").click()
    dialog.locator("[name=q]").fill("pier")
    expect(dialog.locator("[data-file]")).to_have_count(2)
    for name in ("day", "night"):
        dialog.locator("[data-file]", has_text=name).press("Enter")
        expect(dialog.locator("[data-file]", has_text=name)).to_have_attribute("aria-pressed", "true")
    dialog.locator("[data-take]").click()
    expect(rows).to_have_count(4)
    rows.first.hover()
    rows.first.locator(".add-here summary").click()
    rows.first.locator(".add-here [data-pick]").click()
    dialog.locator("[name=q]").fill("pier night")
    expect(dialog.locator("[data-file]")).to_have_count(1)
    dialog.locator("[data-file]").click()
    dialog.locator("[data-take]").click()
    expect(rows).to_have_count(5)
    page.locator("#add [data-pick]").click()
    expect(dialog.locator("[name=q]")).to_have_value("")
    dialog.locator("[name=q]").fill("pier")
    dialog.locator("summary").click()
    dialog.get_by_label("Use").select_option("no")
    expect(dialog.locator("[data-file]")).to_have_count(0)
    dialog.get_by_label("Use").select_option("yes")
    dialog.get_by_label("Sort").select_option("Oldest first")
    dialog.get_by_label("Kind").select_option("image")
    expect(dialog.locator("[data-file] .name")).to_have_text([re.compile("by_day"), re.compile("by_night")])
    dialog.locator("[data-close]").click()
    titles = ["Pier by day", "Pier by night", "Pier by night", "Pier by day", "Pier by night"]
    assert [row.get_attribute("data-title") for row in rows.all()] == titles

    page.goto("/admin/media/?search=pier")
    for box in page.locator(".action-checkbox").all():
        box.check()
    page.locator("button", has_text="With selected").click()
    page.locator("[name=action][value=merge]").click()
    page.locator("label", has_text="by_day").locator("[type=radio]").check()
    page.locator("main .btn-primary").click()
    expect(page.locator("#uses small")).to_have_text("5")
    page.locator(".undo button").click()
    expect(page.locator("#uses small")).to_have_text("2")
