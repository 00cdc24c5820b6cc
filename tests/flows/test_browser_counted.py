"""An editor's usual jobs on a page's screen, with their clicks and loads counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.flows.browsing import PAGE_FORM, follow
from tests.flows.client import Editor, Visitor

#: The browser itself tells of each press of the mouse and of Enter. Other keys, in fields, are writing.
TELL = """
for (const name of ["pointerdown", "keydown"]) {
  window.addEventListener(name, (event) => {
    if (event.isTrusted && (name === "pointerdown" || event.key === "Enter")) window.pressed();
  }, true);
}
"""


class Counting:
    """Counts presses and loads of a page."""

    def __init__(self, page: Page) -> None:
        self.presses = self.loads = 0
        page.expose_function("pressed", self._press)
        page.add_init_script(TELL)
        page.on("load", lambda _: self._load())

    def _press(self) -> None:
        self.presses += 1

    def _load(self) -> None:
        self.loads += 1

    @contextmanager
    def at_most(self, presses: int, loads: int) -> Iterator[None]:
        """What is done here takes some presses, and no more than those."""
        self.presses = self.loads = 0
        yield
        assert 0 < self.presses <= presses
        assert self.loads <= loads


def test_the_usual_jobs_take_few_clicks(
    page: Page, editor: Editor, visitor: Visitor, media_files: dict[str, Path], tmp_path: Path
) -> None:
    counting = Counting(page)
    page.goto("/admin/page/new/")
    with counting.at_most(12, loads=1):  # a page of five items, from empty to published
        page.fill("[name=title]", "Few clicks")
        with page.expect_event("load"):
            page.press("[name=title]", "Enter")
        for place in range(5):
            page.get_by_role("link", name="Add: Text").click()
            form = page.locator(".in-place").nth(place)
            expect(form.locator("[name=title]")).to_be_focused()
            form.locator("[name=title]").fill(f"Item {place}")
            form.locator("[name=text]").fill("Words")
        page.get_by_role("button", name="Publish", exact=True).click()
        expect(page.locator("#state")).to_have_text("Published")
    number = int(page.url.split("id=")[1].split("&")[0])
    assert [item["title"] for item in visitor.items(number)] == [f"Item {place}" for place in range(5)]

    wrong = tmp_path / "text.mp4"
    wrong.write_text("no film")
    editor.wait(*editor.add("video", number, "Film", {"video": ("text.mp4", wrong.read_bytes())}).uploads)
    page.reload()
    with counting.at_most(3, loads=0):  # a wrong file is corrected
        page.locator("[data-edit]").last.click()
        with page.expect_file_chooser() as chooser:
            page.locator(".in-place [name=video_file]").click()
        chooser.value.set_files(media_files["video.mp4"])
        expect(page.locator("[data-item] .item-state").last).to_contain_text("Completed")

    page.reload()
    with counting.at_most(2, loads=0):  # a page is restored
        page.locator(".bar [data-side=history]").click()
        page.locator("#side-history").get_by_role("button", name="Restore").last.click()
        expect(page.locator("[data-item]")).to_have_count(0)

    target = editor.new_page("Target of fifty")
    for place in range(50):
        assert editor.send_item("text", number, f"Moved {place}").status_code == 302
    page.goto(f"/admin/page/edit/?id={number}")
    with counting.at_most(4, loads=0):  # fifty items are moved
        page.get_by_label("Select all").click()
        page.locator("[data-move-selected]").click()
        page.locator("#move input").fill("Target of")
        page.locator("#move").get_by_role("button", name="Target of fifty").click()
        expect(page.locator("[data-item]")).to_have_count(0)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#state")).to_have_text("Published")
    page.goto(f"/admin/page/edit/?id={target}")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#state")).to_have_text("Published")
    assert [item["title"] for item in visitor.items(target)] == [f"Moved {place}" for place in range(50)]
    assert PAGE_FORM.match(page.url)


def test_jobs_with_files_take_few_clicks(page: Page, editor: Editor, tmp_path: Path) -> None:
    files = [tmp_path / f"lantern-{place}.png" for place in range(12)]
    for place, path in enumerate(files):
        Image.new("RGB", (64, 64), (20 * place, 80, 160)).save(path)
    number = editor.new_page("Lanterns")
    counting = Counting(page)
    page.goto(f"/admin/page/edit/?id={number}")
    with counting.at_most(2, loads=0):  # twelve files
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Choose files").click()
        chooser.value.set_files(files)
        expect(page.locator(".tray-end")).to_have_text("12 files: 12 ready.")
    expect(page.locator("[data-item]")).to_have_count(12)

    same = {"picture": (files[7].name, files[7].read_bytes())}
    for title in ("Second", "Third"):
        editor.wait(*editor.add("picture", editor.new_page(title), title, same).uploads)
    with counting.at_most(1, loads=1):  # one of many is found: a field and a click
        page.get_by_role("combobox", name="Search everything").fill("lantern-7")
        follow(page, page.get_by_role("option", name="lantern-7-"))
        expect(page.get_by_role("link", name="Replace everywhere…")).to_be_visible()
    with counting.at_most(4, loads=3):  # a file is replaced on three pages
        page.get_by_role("link", name="Replace everywhere…").click()
        page.get_by_role("link", name="lantern-3-").first.click()
        page.get_by_role("button", name="Replace in 3 places").click()
        expect(page.get_by_text("is shown in 3 places now.")).to_be_visible()
