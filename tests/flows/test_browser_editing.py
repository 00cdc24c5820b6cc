"""An editor's work in a real browser is not lost by leaving, a second click, or a slow or refused answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.flows.browsing import PAGE_FORM, Watched, drag, follow, follow_alone, open_context, signed_in_as
from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack


@pytest.fixture
def page(browser: Browser, stack: Stack, editor: Editor, opened: dict[str, Watched]) -> Page:
    """The page of a signed-in editor."""
    return signed_in_as(editor, open_context(browser, stack, opened))


@pytest.fixture
def number(editor: Editor, request: pytest.FixtureRequest) -> int:
    """A page's id."""
    return editor.new_page(request.node.name, slug=request.node.name.replace("_", "-").split("[")[0])


@pytest.fixture
def ordered(page: Page, editor: Editor, number: int) -> int:
    """The open form of a page with three items."""
    for title in ("First", "Second", "Third"):
        editor.add("text", number, title)
    page.goto(f"/admin/page/edit/?id={number}")
    return number


def titles(page: Page) -> list[str]:
    return [row.split()[0] for row in page.locator("[data-item]").all_inner_texts()]


def test_items_are_dragged_into_order_and_stay_there(page: Page, ordered: int, visitor: Visitor) -> None:
    rows = page.locator("[data-item]")
    with page.expect_response("**/reorder/") as answer:
        drag(page, rows.nth(2).locator(".handle"), rows.nth(0))
    assert answer.value.status == 200
    page.reload()
    assert titles(page) == ["Third", "First", "Second"]
    assert [item["title"] for item in visitor.items(ordered)] == ["First", "Second", "Third"], "not published yet"
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#state")).to_have_text("Published")
    assert [item["title"] for item in visitor.items(ordered)] == ["Third", "First", "Second"]


def test_items_are_moved_with_the_keys_and_the_last_order_stays(page: Page, ordered: int) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/reorder/" in request.url else None)
    with page.expect_response("**/reorder/"):
        page.locator("[data-item] .handle").nth(2).focus()
        for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowUp"):
            page.keyboard.press(key)
        assert page.locator("#news").inner_text() == "Third: position 1 of 3"
    assert len(sent) < 5, "not each of the presses"
    page.reload()
    assert titles(page) == ["Third", "First", "Second"]


def test_an_order_made_from_a_stale_list_says_so_and_shows_the_new_one(
    page: Page, ordered: int, editor: Editor, opened: dict[str, Watched]
) -> None:
    editor.add("text", ordered, "Added meanwhile")
    page.locator("[data-item] .handle").nth(2).focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("alert")).to_have_text("Somebody else has changed the items of this page in the meantime.")
    assert titles(page) == ["First", "Second", "Third", "Added"]
    with page.expect_response("**/reorder/") as answer:
        page.locator("[data-item] .handle").nth(3).focus()
        page.keyboard.press("ArrowUp")
    assert answer.value.status == 200
    opened["0"].complaints[:] = [found for found in opened["0"].complaints if "409" not in found]  # its own 409


def test_edits_are_asked_about_before_they_are_left(page: Page, ordered: int) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    follow_alone(page, page.get_by_role("link", name="Add: Text"))
    page.fill("[name=title]", "Another title")
    page.get_by_role("link", name="Overview").click(no_wait_after=True)
    assert page.input_value("[name=title]") == "Another title"
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(PAGE_FORM)
    assert asked == ["beforeunload"], "what is saved may be left"


@pytest.fixture
def held(page: Page) -> list[Route]:
    """The admin's scripts, which do not come before they are continued."""
    routes: list[Route] = []
    page.route("**/js.*/admin/main.js", lambda route: routes.append(route))
    return routes


def test_what_is_written_before_the_scripts_are_there_is_an_edit(page: Page, held: list[Route], number: int) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(f"/admin/page/edit/?id={number}", wait_until="commit")
    page.fill("[name=title]", "Written early")
    page.locator("[name=title]").blur()  # which tells of the change, too
    with page.expect_event("load"):
        held[0].continue_()
    expect(page.locator("#page-title")).to_have_text("Written early")
    page.get_by_role("link", name="Overview").click(no_wait_after=True)
    page.wait_for_url("**/admin/", wait_until="commit")  # its scripts are held, too
    assert asked == [], "the screen has saved it"


def test_a_form_is_saved_before_the_scripts_are_there(
    page: Page, held: list[Route], number: int, visitor: Visitor
) -> None:
    page.goto(f"/admin/page/edit/?id={number}", wait_until="commit")
    page.fill("[name=title]", "Saved early")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/page/", wait_until="commit")
    assert visitor.page(number)["title"] == "Saved early"
    assert held


def test_two_clicks_save_once(page: Page, ordered: int, visitor: Visitor) -> None:
    follow_alone(page, page.get_by_role("link", name="Add: Text"))
    page.fill("[name=title]", "Once")
    page.get_by_role("button", name="Save", exact=True).dblclick()
    page.wait_for_url(PAGE_FORM)
    assert [item["title"] for item in visitor.items(ordered)].count("Once") == 1


def test_what_would_not_be_sent_cannot_be_written_while_a_file_is(
    page: Page, ordered: int, media_files: dict[str, Path]
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route) if route.request.method == "POST" else route.continue_()

    page.route("**/admin/video/new/**", hold)
    follow_alone(page, page.get_by_role("link", name="Add: Video"))
    page.fill("[name=title]", "A video")
    page.set_input_files("[name=video_file]", media_files["video.mp4"])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[name=title]")).to_be_disabled()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    held[0].continue_()
    page.wait_for_url(PAGE_FORM)
    expect(page.locator("[data-item]").last).to_contain_text("Completed")


def test_one_item_more_lies_on_the_same_page(page: Page, ordered: int) -> None:
    follow_alone(page, page.get_by_role("link", name="Add: Text"))
    page.fill("[name=title]", "And then")
    follow(page, page.get_by_role("button", name="Save and add another"))
    expect(page.locator("[name=title]")).to_have_value("")
    expect(page.locator("[name=page]")).to_have_value(str(ordered))
    expect(page.locator("[name=order]")).to_have_value("5")


def test_filters_hold_in_russian_from_one_page_of_the_list_to_the_next(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor
) -> None:
    number = editor.new_page("Отобранная страница")
    for title in ("Арбуз", "Ананас"):
        editor.add("text", number, title)
    page = signed_in_as(editor, open_context(browser, stack, opened, locale="ru-RU"))
    page.goto("/admin/text/")
    page.locator(".toolbar .dropdown-toggle").first.click()
    page.locator(".dropdown-menu a.filter", has_text="Страница").click()
    expect(page.locator("table.filters")).to_contain_text("начинается с")
    page.locator(".filters input.filter-val").fill("отобр")
    page.locator("#filter_form [type=submit]").click()
    rows = page.locator("table.model-list tbody tr")
    expect(rows).to_have_count(2)
    follow(page, page.get_by_role("link", name="Название"))
    page.wait_for_url("**sort=**")
    expect(rows).to_have_count(2)
