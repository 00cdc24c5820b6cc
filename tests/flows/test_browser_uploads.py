"""Many files for a page in a browser: those that are here already, a reload in the middle, one message at the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests import mediabytes
from tests.flows.browsing import Watched, open_context, signed_in_as
from tests.flows.client import Editor
from tests.flows.stack import Stack

pytestmark = pytest.mark.xdist_group("stack-media")


def row(page: Page, name: str) -> Locator:
    return page.locator(".tray > li").filter(has_text=name)


def hold(route: Route) -> None:
    """Let no bytes through but those that come with the creation."""
    if route.request.method != "PATCH":
        route.continue_()


def drop(page: Page, name: str, data: bytes) -> None:
    """Drop a file on the window."""
    transfer = page.evaluate_handle(
        """([name, data]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(data)], name));
            return transfer;
        }""",
        [name, list(data)],
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    expect(page.locator(".drop-hint")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    expect(page.locator(".drop-hint")).to_be_hidden()


def test_many_files_become_items_of_a_page(
    browser: Browser,
    stack: Stack,
    opened: dict[str, Watched],
    editor: Editor,
    tmp_path: Path,
    media_files: dict[str, Path],
) -> None:
    here = mediabytes.picture(size=(91, 47))
    known = editor.add("picture", editor.new_page("Has the picture already"), "Dawn", {"picture": ("dawn.jpg", here)})
    editor.wait(*known.uploads)
    sent = {
        "new_one.jpg": mediabytes.picture(size=(92, 47)),
        "the same.jpg": here,
        "broken.mp4": media_files["video.mp4"].read_bytes()[:60],
    }
    for name, data in sent.items():
        (tmp_path / name).write_bytes(data)
    number = editor.new_page("Many files")
    page = signed_in_as(editor, open_context(browser, stack, opened))
    page.goto(f"/admin/page/edit/?id={number}")
    page.set_input_files("#upload-files", [tmp_path / name for name in sent])

    asked = row(page, "the same.jpg")
    expect(asked).to_contain_text("You have this already: dawn.jpg, on 1 page.")
    asked.get_by_role("button", name="Use it").click()
    end = page.locator(".tray-end")
    expect(end).to_have_text("3 files: 1 ready, here already: 1, 1 failed. See why")
    expect(page.locator("[data-item]")).to_have_count(3)
    expect(row(page, "broken.mp4")).to_contain_text("cannot be read")
    expect(row(page, "new_one.jpg")).to_contain_text("Completed")
    assert sorted(page.locator("[data-item]").evaluate_all("rows => rows.map(row => row.dataset.title)")) == [
        *("broken", "new one", "the same")
    ]

    # The laptop is closed in the middle, and opened again.
    film = tmp_path / "film.mp4"
    film.write_bytes(media_files["video.mp4"].read_bytes() + b"\0\x10\0\0free" + bytes(2**20 - 8))

    page.route("**/uploads/*", hold)
    page.set_input_files("#upload-files", film)
    with page.expect_request(lambda request: request.method == "PATCH"):
        expect(row(page, "film.mp4")).to_contain_text("of 1 MB")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.unroute_all()
    expect(row(page, "film.mp4")).to_contain_text("Choose the same file again to go on.")
    page.set_input_files("#upload-files", film)
    expect(end).to_have_text("1 file: 1 ready.")
    expect(page.locator("[data-item]")).to_have_count(4)

    drop(page, "dropped.png", mediabytes.png(40))
    expect(page.locator("[data-item]")).to_have_count(5)
    expect(end).to_have_text("1 file: 1 ready.")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('upload '))") == []


def test_a_large_file_for_an_item_goes_on_after_a_reload(
    browser: Browser,
    stack: Stack,
    opened: dict[str, Watched],
    editor: Editor,
    tmp_path: Path,
    media_files: dict[str, Path],
) -> None:
    """It is sent by the tray, not by the form, which stays usable meanwhile and shows what has come."""
    number = editor.new_page("A wrong film")
    wrong = editor.add("video", number, "Harbour", {"video": ("wrong.mp4", media_files["video.mp4"].read_bytes())})
    editor.wait(*wrong.uploads)
    film = tmp_path / "right.mp4"
    film.write_bytes(media_files["video.mp4"].read_bytes() + b"\0\x30\0\0free" + bytes(3 * 2**20 - 8))
    page = signed_in_as(editor, open_context(browser, stack, opened))
    page.goto(f"/admin/page/edit/?id={number}")

    page.route("**/uploads/*", hold)
    page.locator("[data-edit]").click()
    form = page.locator(".in-place form")
    with page.expect_request(lambda request: request.method == "PATCH"):
        form.locator("[name=video_file]").set_input_files(film)
    mine = row(page, "right.mp4 for “Harbour”")
    expect(mine).to_contain_text("of 3 MB")
    expect(form.get_by_role("progressbar", name="right.mp4")).to_be_visible()
    expect(form.locator("[data-slot=video]")).to_contain_text("right.mp4")
    form.locator("[name=title]").fill("Harbour at dawn")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/admin/")
    page.unroute_all()
    expect(page.locator("#unfinished")).to_contain_text("Not uploaded completely: right.mp4.")
    page.locator("#unfinished").get_by_role("link", name="Go on").click()
    expect(mine).to_contain_text("Choose the same file again to go on.")
    expect(page.locator("#unfinished")).to_be_hidden()
    page.locator("[data-edit]").click()
    with page.expect_file_chooser() as chooser:
        mine.get_by_role("button", name="Choose the file").click()
    chooser.value.set_files(film)
    expect(page.locator(".tray-end")).to_have_text("1 file: 1 ready.")
    expect(page.locator("[data-item]")).to_have_count(1)
    expect(form.get_by_role("link", name="right")).to_be_visible()
    expect(form.get_by_role("progressbar")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('upload '))") == []


def test_files_go_into_the_library(page: Page, editor: Editor, tmp_path: Path) -> None:
    here = mediabytes.picture(size=(94, 47))
    known = editor.add("picture", editor.new_page("Has a picture of dusk"), "Dusk", {"picture": ("dusk.jpg", here)})
    editor.wait(*known.uploads)
    for name, data in (("noon.jpg", mediabytes.picture(size=(95, 47))), ("again.jpg", here)):
        (tmp_path / name).write_bytes(data)
    page.goto("/admin/media/")
    page.locator("[name=rowid]").first.check()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("link", name="Upload files").click()
    chooser.value.set_files([tmp_path / "noon.jpg", tmp_path / "again.jpg"])
    expect(row(page, "again.jpg")).to_contain_text("You have this already: dusk.jpg, on 1 page.")
    end = page.locator(".tray-end")
    expect(end).to_have_text("2 files: 1 ready, here already: 1.")
    expect(page.locator("#files")).to_contain_text("noon")
    expect(page.locator("#files [name=rowid]:checked")).to_have_count(1)
    drop(page, "dropped.png", mediabytes.png(41))
    expect(end).to_have_text("1 file: 1 ready.")

    # It goes on after a reload, as the other screens tell.
    page.route("**/uploads/*", hold)
    film = tmp_path / "night.jpg"
    film.write_bytes(mediabytes.picture(size=(96, 47)) + bytes(2**20))
    with page.expect_request(lambda request: request.method == "PATCH"):
        page.set_input_files("#upload-files", film)
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/admin/")
    page.unroute_all()
    page.locator("#unfinished").get_by_role("link", name="Go on").click()
    expect(row(page, "night.jpg")).to_contain_text("Choose the same file again to go on.")
    page.set_input_files("#upload-files", film)
    expect(end).to_have_text("1 file: 1 ready.")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('upload '))") == []


def test_folders_become_pages_or_go_into_the_library(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "Quay"
    (folder / "Cranes").mkdir(parents=True)
    for number, name in enumerate(("10 noon.jpg", "2 dawn.jpg", "Cranes/red.jpg")):
        (folder / name).write_bytes(mediabytes.picture(size=(97 + number, 47)))
    question = page.locator("#uploads dialog")
    end = page.locator(".tray-end")

    page.goto("/admin/page/")
    page.set_input_files("#upload-folder", folder)
    expect(question.get_by_role("heading")).to_have_text("2 pages, 3 files")
    expect(question.get_by_role("listitem")).to_have_text(["Quay: 2 files", "Cranes: 1 file"])
    question.get_by_role("button", name="Cancel").click()
    expect(page.locator(".tray > li")).to_have_count(0)
    page.set_input_files("#upload-folder", folder)
    question.get_by_role("button", name="Add").click()
    expect(end).to_have_text("3 files: 3 ready.")
    page.set_input_files("#upload-folder", folder)
    expect(question.get_by_role("listitem").first).to_have_text("Quay: 2 files (there already)")
    question.get_by_role("button", name="Add").click()
    expect(end).to_have_text("3 files: here already: 3.")
    page.locator("#pages").get_by_role("link", name="Quay").first.click()
    expect(page.locator("[data-item]")).to_have_count(2)
    titles = page.locator("[data-item]").evaluate_all("rows => rows.map(row => row.dataset.title)")
    assert titles == ["2 dawn", "10 noon"]

    page.goto("/admin/media/")
    page.set_input_files("#upload-folder", folder)
    expect(question.get_by_role("heading")).to_have_text("2 folders, 3 files")
    question.get_by_role("button", name="Add").click()
    expect(end).to_have_text("3 files: here already: 3.")


def test_who_leaves_is_asked_if_something_would_be_forgotten(page: Page, editor: Editor, tmp_path: Path) -> None:
    film = tmp_path / "waiting.mp4"
    film.write_bytes(bytes(2**20))
    page.goto(f"/admin/page/edit/?id={editor.new_page('Paused before it began')}")
    page.route(re.compile("://[^/]+/uploads/"), lambda _route: None)  # the site answers nothing
    page.locator("#upload-files").set_input_files(film)
    row(page, "waiting.mp4").get_by_role("button", name="Pause").click()
    expect(row(page, "waiting.mp4")).to_contain_text("Paused")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    page.unroute_all()
    assert asked == ["beforeunload"]
