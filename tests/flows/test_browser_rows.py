"""The rows of a page's screen in a real browser: moved by their menus, given other files, and made of links."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.flows.client import Editor


def expect_titles(page: Page, *titles: str) -> None:
    """The rows have these titles, in this order, or will have them soon."""
    rows = page.locator("[data-item]")
    expect(rows).to_have_count(len(titles))
    for place, title in enumerate(titles):
        expect(rows.nth(place)).to_have_attribute("data-title", title)


def test_a_row_is_moved_by_its_menu(page: Page, editor: Editor) -> None:
    number = editor.new_page("Moved by a menu")
    for title in ("First", "Second", "Third"):
        editor.add("text", number, title)
    page.goto(f"/admin/page/edit/?id={number}")
    page.get_by_label("What to do with “First”").click()
    down = page.locator("[data-item]", has_text="First").get_by_role("button", name="Down")
    down.click()
    expect(down).to_be_focused()
    with page.expect_response(lambda answer: "/reorder/" in answer.url):
        down.press("Enter")
    expect_titles(page, "Second", "Third", "First")
    page.keyboard.press("Escape")
    expect(page.get_by_label("What to do with “First”")).to_be_focused()
    page.reload()
    expect_titles(page, "Second", "Third", "First")


def test_a_file_is_replaced_by_the_menu(page: Page, editor: Editor, media_files: dict[str, Path]) -> None:
    number = editor.new_page("Another film")
    wrong = editor.add("video", number, "Film", {"video": ("wrong.mp4", media_files["video.mp4"].read_bytes()[:999])})
    editor.wait(*wrong.uploads)
    page.goto(f"/admin/page/edit/?id={number}")
    expect(page.locator(".item-state")).to_contain_text("Failed")
    page.get_by_label("What to do with “Film”").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Replace the file…").click()
    chooser.value.set_files(media_files["video.mp4"])
    expect(page.locator(".item-state")).to_contain_text("Completed")


def test_a_pasted_link_becomes_an_item(page: Page, editor: Editor) -> None:
    number = editor.new_page("Links")
    editor.add("text", number, "Words")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/admin/page/edit/?id={number}")
    page.evaluate("navigator.clipboard.writeText('https://video.example/w/the-old%20harbour.html')")
    page.locator("#items-title").click()
    page.keyboard.press("Control+v")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    expect_titles(page, "Words", "The old harbour")
    page.keyboard.press("Escape")
    page.locator("[data-item]").first.hover()
    page.locator(".add-here summary").first.click()
    page.locator(".add-here").first.get_by_role("button", name="Paste a link…").click()
    expect(page.locator(".in-place [name=embed_url]")).to_be_focused()
    page.keyboard.insert_text("https://www.youtube.com/watch?v=aqz-KE-bpKQ")
    expect(page.locator("[data-item]")).to_have_count(3)
    expect(page.locator("[data-item]").nth(1)).to_have_attribute("data-title", "Youtube.com")
    page.locator(".in-place [name=title]").fill("A hare")
    expect(page.locator("[data-item]").nth(1)).to_have_attribute("data-title", "A hare")
    page.locator(".in-place [name=embed_url]").fill("https://youtu.be/aqz-KE-bpKQ")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    expect(page.locator(".in-place [name=title]")).to_have_value("A hare")
    expect_titles(page, "Words", "A hare", "The old harbour")


def test_what_is_no_link_is_told(page: Page, editor: Editor) -> None:
    page.goto(f"/admin/page/edit/?id={editor.new_page('No links')}")
    page.locator("#add").get_by_role("button", name="Paste a link…").click()
    field = page.locator(".in-place [name=embed_url]")
    field.fill("javascript:alert(1)")
    field.blur()
    expect(page.locator(".in-place .field-error")).to_be_visible()
    expect(page.locator("#saved")).to_contain_text("Not saved yet")
    field.fill("https://video.example/w/the-old-harbour")
    expect(page.locator("[data-item]")).to_have_attribute("data-title", "The old harbour")


def test_an_items_own_form_leads_to_its_row(page: Page, editor: Editor) -> None:
    number = editor.new_page("Found in a list")
    items = [editor.add("text", number, title).id for title in ("First", "Second")]
    page.goto(f"/admin/text/edit/?id={items[1]}")
    page.locator(".crumbs").get_by_role("link", name="Found in a list").click()
    expect(page.locator(".in-place [name=title]")).to_have_value("Second")
    expect(page.locator(".in-place [name=title]")).to_be_focused()
