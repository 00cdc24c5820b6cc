"""A page's settings in a real browser: tags are applied by a button, and a picture for sharing is chosen and undone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests import mediabytes
from tests.flows.client import Editor


def test_tags_are_seen_at_once_and_long_ones_fit(page: Page, editor: Editor) -> None:
    number, long = editor.new_page("Tagged", slug="tagged"), "W" * 60
    page.goto(f"/admin/page/edit/?id={number}")
    page.locator("[data-side=settings]").click()
    page.locator("[name=tags]").fill(f"{long}, sea")
    expect(page.locator("#saved")).to_contain_text("Not applied yet")
    page.get_by_role("button", name="Change the tags").click()
    expect(page.locator("#saved")).to_contain_text("Saved at")
    expect(page.locator("#state")).to_have_text("Published")
    expect(page.locator("[name=tags]")).to_have_value(f"sea, {long}")
    page.set_viewport_size({"width": 320, "height": 700})
    for address in ("/tagged/", f"/?tag={long}"):
        page.goto(address)
        expect(page.get_by_text(long).last).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 320, address


def test_what_others_have_applied_meanwhile_is_told(page: Page, editor: Editor) -> None:
    number = editor.new_page("Applied twice", tags="base")
    page.goto(f"/admin/page/edit/?id={number}")
    page.locator("[data-side=settings]").click()
    page.locator("[name=tags]").fill("base, mine")
    editor.edit("page", number, tags="base, theirs")
    for text in ("Quiet", "Quiet sea"):  # the form takes over twice what the site has
        page.locator("#text").fill(text)
        expect(page.locator("#saved")).to_contain_text("Not applied yet")
    page.get_by_role("button", name="Change the tags").click()
    expect(page.locator(".theirs-value")).to_have_text("base, theirs")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.locator("#text").fill("Quiet sea at dawn")
    page.locator("[name=tags]").fill("base, mine, more")
    page.locator("[name=tags]").press("Enter")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    expect(page.locator(".theirs")).to_have_count(0)
    expect(page.locator("#state")).to_have_text("Published, with changes")
    page.reload()
    expect(page.locator("[name=tags]")).to_have_value("base, mine, more")


def test_a_picture_for_sharing_is_chosen_and_undone(page: Page, editor: Editor) -> None:
    pictures = editor.new_page("Pictures")
    editor.wait(*editor.add("picture", pictures, "Dawn", {"picture": ("dawn.jpg", mediabytes.picture())}).uploads)
    number = editor.new_page("Shared")
    page.goto(f"/admin/page/edit/?id={number}")
    page.locator("[data-side=settings]").click()
    sharing = page.locator(".sharing")
    sharing.get_by_role("button", name="Choose from the library…").click()
    page.locator("#library").get_by_role("button", name="Dawn").first.click()
    expect(page.locator("#state")).to_have_text("Published, with changes")
    expect(sharing.get_by_label("Picture for sharing")).not_to_have_value("")
    remove = sharing.get_by_role("button", name="Remove")
    expect(remove).to_be_visible()
    page.locator("[data-undo]").click()
    expect(sharing.get_by_label("Picture for sharing")).to_have_value("")
    expect(remove).to_be_hidden()
    expect(sharing.locator("img")).to_have_count(0)
    page.locator("[data-redo]").click()
    expect(remove).to_be_visible()
    remove.click()
    expect(sharing.get_by_label("Picture for sharing")).to_have_value("")
    expect(remove).to_be_hidden()


def test_a_time_is_chosen_from_the_menu_of_publication(page: Page, editor: Editor) -> None:
    number = editor.new_page("Until", slug="until")
    page.goto(f"/admin/page/edit/?id={number}")
    menu = page.locator("#publish summary")
    menu.press("Enter")
    page.get_by_role("link", name="Schedule…").press("Enter")
    field = page.locator("#side-settings [name=unpublish_at]")
    expect(field).to_be_focused()
    field.fill("2999-12-31T12:00")
    page.get_by_role("button", name="Set the times").press("Enter")
    expect(page.locator("#state")).to_contain_text("Published, until")
    menu.click()
    page.get_by_role("button", name="Unpublish").click()
    expect(page.locator("#state")).to_have_text("Draft")
    menu.click()
    page.get_by_role("link", name="Schedule…").click()
    expect(page.locator("#side-settings [name=publish_at]")).to_be_focused()
