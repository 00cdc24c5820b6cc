"""The editor of texts in a real browser: what is seen is what one gets, and what is stored is Markdown."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import mediabytes
from tests.flows.accessibility import AXE, needs_axe, violations
from tests.flows.browsing import Watched, open_context, signed_in_as
from tests.flows.client import Editor
from tests.flows.stack import Stack
from tests.waiting import eventually

PASTED = Path(__file__).parent / "pasted"
PASTE = """(text, html) => {
    const data = new DataTransfer();
    data.setData("text/html", html);
    text.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""

EVERYTHING = "`code` *a* ~~b~~ [c](/)\n\n```\ncode\n```\n\n[d]: /d\n\n- [x] e\n\n|f|\n|-|\n\n> g\n\n# h\n\n### i\n\nj"


@pytest.fixture
def page(browser: Browser, stack: Stack, editor: Editor, opened: dict[str, Watched]) -> Page:
    """The page of a signed-in editor, who has chosen nothing: texts are edited as they will be seen."""
    page = signed_in_as(editor, open_context(browser, stack, opened, storage_state=None))
    page.set_viewport_size({"width": 1440, "height": 1000})
    return page


def text_of(page: Page) -> Locator:
    return page.locator(".markdown [role=textbox]").first


def stored(page: Page) -> str:
    return str(page.locator("[name=text]").first.input_value())


def is_saved(editor: Editor, page: int, words: str) -> bool:
    """Wait until the page's form, which saves itself, is stored with these words."""
    return bool(eventually(lambda: words in editor.get(f"/admin/page/edit/?id={page}").text))


def test_a_text_is_written_with_the_keyboard_alone(page: Page, editor: Editor) -> None:
    source = "Kept as   it is\n===\n\n* one\n* two\n\n[r]: /there\n"
    number = editor.new_page("Harbour lights", slug="harbour-lights", text=source)
    page.goto(f"/admin/page/edit/?id={number}")
    text = text_of(page)
    expect(text.get_by_role("heading")).to_have_text("Kept as   it is")
    assert stored(page) == source.strip()

    text.press("Control+End")
    page.keyboard.type("/numb")
    expect(page.locator(".options [role=option]")).to_have_text(["Numbered list"])
    assert text.get_attribute("aria-activedescendant")
    page.keyboard.press("Enter")
    page.keyboard.type("first **bold**")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("see ")
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Link")
    page.keyboard.type("javascript:alert(1)")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("could run a script")
    dialog.get_by_role("combobox").fill("BOUR LIG")
    expect(dialog.get_by_role("option")).to_contain_text(["Harbour lights"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(text.get_by_role("link")).to_have_text("Harbour lights")
    added = "1. first **bold**\n   1. see [Harbour lights](/harbour-lights/)"
    assert stored(page) == f"{source}\n{added}"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(text).not_to_be_focused()
    assert is_saved(editor, number, "see [Harbour lights](/harbour-lights/)")
    page.reload()
    expect(text.get_by_role("listitem")).to_have_count(4)
    page.get_by_role("button", name="Source").first.click()
    page.locator("[name=text]").fill(f"{source}\n- [ ] to do")
    assert is_saved(editor, number, "- [ ] to do")
    page.reload()
    expect(page.locator("[name=text]")).to_be_visible()
    page.get_by_role("button", name="Source").first.click()
    text.get_by_role("checkbox", name="Done").check()
    assert stored(page) == f"{source}\n- [x] to do"
    page.locator("[name=text]").first.evaluate("(field) => { field.value = 'Somebody else’s'; }")
    expect(text).to_have_text("Somebody else’s")
    text.press("Control+z")
    assert stored(page) == "Somebody else’s"


def test_what_is_pasted_is_cleaned(page: Page) -> None:
    page.goto("/admin/text/new/")
    text = text_of(page)
    for sample in sorted(PASTED.glob("*.html")):
        text.press("Control+a")
        text.press("Delete")
        text.evaluate(PASTE, sample.read_text(encoding="utf-8"))
        assert stored(page) == sample.with_suffix(".md").read_text(encoding="utf-8").strip(), sample.name


@needs_axe
def test_menu_and_dialogs_are_accessible(page: Page) -> None:
    page.goto("/admin/text/new/")
    text = text_of(page)
    page.locator("[name=text]").evaluate("(field, source) => { field.value = source; }", EVERYTHING)
    text.press("Control+End")
    page.evaluate(AXE.read_text())

    def look() -> None:
        found = list(violations(page))
        assert not found, "\n".join(found)

    page.keyboard.press("Enter")
    page.keyboard.type("/")
    expect(page.locator(".options [role=option]").first).to_be_visible()
    look()
    page.keyboard.type("table")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Add a row")).to_be_visible()
    page.keyboard.press("Control+k")
    look()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Picture").click()
    look()


def test_a_picture_comes_from_the_library_and_stays_there(page: Page, editor: Editor, stack: Stack) -> None:
    number = editor.new_page("Pictures of lights", slug="pictures-of-lights")
    added = editor.add("picture", number, "A lamp", {"picture": ("lamp.png", mediabytes.png())})
    assert [state["status"] for state in editor.wait(*added.uploads)] == ["completed"]
    file = stack.one("SELECT media_file_id FROM attachment JOIN content_item ON id = item_id WHERE page_id = ?", number)
    described = {"version": stack.one("SELECT version FROM media_file WHERE id = ?", file), "alt": "A lamp at night"}
    assert editor.post("/admin/media/describe/", {"id": file, "title": "Lamp", **described}).status_code == 302

    page.goto(f"/admin/page/edit/?id={number}")
    text_of(page).click()
    page.locator("[data-command=picture]").first.click()
    dialog = page.locator("#markdown-picture")
    dialog.get_by_role("button", name="Choose from the library…").click()
    page.get_by_role("searchbox", name="Words from names").fill("Lamp")
    page.locator("#library [data-file]").filter(has_text="Lamp").first.click()
    expect(page.locator("#library")).not_to_be_visible()
    expect(dialog.locator("[name=alt]")).to_have_value("A lamp at night")
    dialog.get_by_role("button", name="Show the picture").click()
    expect(text_of(page).get_by_role("img", name="A lamp at night")).to_be_visible()
    assert is_saved(editor, number, "![A lamp at night](/media/")
    assert stack.rows("SELECT page_id, media_file_id FROM text_file WHERE page_id = ?", number) == [(number, file)]
    page.goto(f"/admin/media/details/?id={file}")
    expect(page.get_by_role("heading", name="In texts")).to_be_visible()
