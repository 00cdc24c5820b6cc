"""A page's screen in a real browser: items open in their rows, save themselves, and wait to be published."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.flows.accessibility import AXE, needs_axe, violations
from tests.flows.browsing import Watched
from tests.flows.client import Editor, Visitor
from tests.flows.stack import PASSWORD


@pytest.fixture
def number(page: Page, editor: Editor, request: pytest.FixtureRequest) -> int:
    """The id of a published page with two texts, whose screen is open."""
    number = editor.new_page(request.node.name, slug=request.node.name.replace("_", "-"))
    for title in ("First", "Second"):
        editor.add("text", number, title)
    page.goto(f"/admin/page/edit/?id={number}")
    return number


def form(page: Page, place: int = 0) -> Locator:
    """A form that is open in a row."""
    return page.locator(".in-place form").nth(place)


def open_first(page: Page) -> Locator:
    page.locator("[data-edit]").first.click()
    expect(form(page).locator("[name=title]")).to_be_focused()
    return form(page)


def is_saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("Saved at")


def test_a_page_is_changed_on_one_screen_and_published(
    page: Page, number: int, visitor: Visitor, media_files: dict[str, Path], opened: dict[str, Watched]
) -> None:
    page.evaluate("window.notReloaded = true")
    page.locator("[data-preview]").click()
    open_first(page).locator("[name=text]").fill("Changed in place")
    is_saved(page)
    expect(page.locator("#state")).to_have_text("Published, with changes")
    preview = page.frame_locator(".side iframe")
    expect(preview.get_by_text("Changed in place")).to_be_visible()

    page.locator("[data-item]").first.hover()
    page.locator(".add-here summary").first.click()
    page.locator(".add-here").first.get_by_role("link", name="Add: Video").click()
    form(page, 1).locator("[name=video_file]").set_input_files(media_files["video.mp4"])
    expect(page.locator("[data-item] .item-state").nth(1)).to_contain_text("Completed")
    expect(form(page, 1).locator("[name=title]")).to_have_value("video")
    page.keyboard.press("Escape")
    form(page).get_by_role("button", name="Save").click()
    expect(page.locator(".in-place")).to_have_count(0)
    assert page.evaluate("window.notReloaded")

    assert [item["title"] for item in visitor.items(number)] == ["First", "Second"]
    assert visitor.items(number)[0]["text"] != "Changed in place"
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#state")).to_have_text("Published")
    assert page.evaluate("window.notReloaded")
    assert [item["title"] for item in visitor.items(number)] == ["First", "video", "Second"]
    assert visitor.items(number)[0]["text"] == "Changed in place"


def test_what_cannot_be_saved_stays_and_says_why(page: Page, number: int, editor: Editor) -> None:
    page.get_by_role("link", name="Add: Text").click()
    form(page).locator("[name=text]").fill("Without a title it is nothing yet")
    form(page).get_by_role("link", name="Cancel").click()
    expect(page.locator(".in-place")).to_have_count(0)

    page.get_by_role("link", name="Add: Video").click()
    new = form(page)
    new.locator("[name=title]").fill("Elsewhere")
    new.locator("[name=video_url]").fill("no address")
    expect(new.locator(".field-error")).to_be_visible()
    expect(page.locator("#saved")).to_contain_text("please check the marked fields")
    new.locator("[name=video_url]").fill("https://example.com/film")
    is_saved(page)
    expect(new.locator(".field-error")).to_have_count(0)
    new.get_by_role("button", name="Save").click()
    expect(page.locator(".in-place")).to_have_count(0)
    expect(page.locator("[data-item]").last).to_contain_text("Elsewhere")

    edited = open_first(page)
    item = page.locator("[data-item]").first.get_attribute("data-item")
    editor.edit("text", int(item or 0), text="Theirs")
    edited.locator("[name=text]").fill("Mine")
    expect(edited.locator(".theirs-value")).to_have_text("Theirs")
    expect(edited.locator("[name=text]")).to_have_value("Mine")
    edited.get_by_role("button", name="Keep mine").click()
    is_saved(page)
    expect(edited.locator(".theirs-value")).to_have_count(0)
    page.reload()
    assert open_first(page).locator("[name=text]").input_value() == "Mine"


def test_what_the_site_does_not_get_is_sent_later(page: Page, number: int, opened: dict[str, Watched]) -> None:
    cut: list[Route] = []

    def cut_off(route: Route) -> None:
        if route.request.method == "POST" and not cut:
            cut.append(route)
            route.abort("connectionreset")
        else:
            route.continue_()

    edited = open_first(page)
    page.route("**/admin/text/edit/**", cut_off)
    edited.locator("[name=text]").fill("Written on a train  \nto ")
    expect(page.locator("#saved")).to_contain_text("The site cannot be reached.")
    is_saved(page)
    with page.expect_response(lambda answer: "/admin/text/edit/" in answer.url and answer.status == 200):
        edited.locator("[name=text]").press_sequentially("the sea")  # the space before it was not taken by the saving
    is_saved(page)
    page.reload()
    assert open_first(page).locator("[name=text]").input_value() == "Written on a train  \nto the sea"
    opened["0"].complaints[:] = [found for found in opened["0"].complaints if "ERR_CONNECTION_RESET" not in found]


def test_what_is_written_and_chosen_while_a_form_is_saved_stays(
    page: Page, number: int, editor: Editor, media_files: dict[str, Path]
) -> None:
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if is_sent(route) and not held:
            held.append(route)
        else:
            route.continue_()

    edited = open_first(page)
    title = edited.locator("[name=title]")
    item = int(page.locator("[data-item]").first.get_attribute("data-item") or 0)
    page.route("**/admin/text/edit/**", hold_first)
    with page.expect_request(lambda sent: sent.method == "POST" and "/text/edit/" in sent.url):
        edited.locator("[name=text]").fill("Mine")
    editor.edit("text", item, title="Theirs")
    title.fill("My title")  # which has not seen theirs
    held[0].continue_()
    expect(edited.locator(".theirs-value")).to_have_text("Theirs")
    expect(title).to_have_value("My title")
    edited.get_by_role("button", name="Take theirs").click()
    expect(title).to_have_value("Theirs")

    write = "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', { bubbles: true })); }"
    title.focus()
    editor.edit("text", item, title="Elsewhere")
    with page.expect_response(lambda answer: "/text/edit/" in answer.url and answer.status == 200):
        edited.locator("[name=text]").evaluate(write, "More")
    is_saved(page)
    expect(title).to_have_value("Theirs")  # somebody may be about to write here
    edited.locator("[name=text]").focus()
    edited.locator("[name=text]").evaluate(write, "Most")
    expect(title).to_have_value("Elsewhere")
    page.keyboard.press("Escape")

    held.clear()
    page.route("**/admin/video/new/**", hold_first)
    page.get_by_role("link", name="Add: Video").click()
    with page.expect_request(lambda sent: sent.method == "POST" and "/video/new/" in sent.url):
        form(page).locator("[name=video_file]").set_input_files(media_files["video.mp4"])
    subtitles = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n"
    chosen = FilePayload(name="captions.srt", mimeType="text/plain", buffer=subtitles)
    form(page).locator("[name=subtitles_file]").set_input_files(chosen)
    held[0].continue_()
    expect(form(page).locator(".slot").first).to_contain_text("video.mp4")
    expect(form(page).locator(".slot").nth(1)).to_contain_text("captions.srt")


def test_neither_an_ended_session_nor_a_closed_tab_loses_a_text(
    page: Page, number: int, opened: dict[str, Watched]
) -> None:
    edited = open_first(page)
    page.context.clear_cookies()
    edited.locator("[name=text]").fill("Written as a stranger")
    dialog = page.locator("#sign-in")
    expect(dialog).to_be_visible()
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    is_saved(page)

    page.on("dialog", lambda asked: asked.accept())
    page.route("**/admin/text/edit/**", lambda route: route.abort() if is_sent(route) else route.continue_())
    edited.locator("[name=text]").fill("Written without the site")
    expect(page.locator("#saved")).to_contain_text("The site cannot be reached.")
    page.reload()
    page.unroute("**/admin/text/edit/**")
    page.locator(".in-place").get_by_role("button", name="Restore").click()
    is_saved(page)
    page.reload()
    assert open_first(page).locator("[name=text]").input_value() == "Written without the site"
    caused = ("400", "ERR_FAILED")
    opened["0"].complaints[:] = [told for told in opened["0"].complaints if not any(each in told for each in caused)]


def is_sent(route: Route) -> bool:
    return route.request.method == "POST"


def test_an_item_has_a_menu(page: Page, number: int, visitor: Visitor) -> None:
    menu = page.locator("[data-item] .menu").first
    menu.locator("summary").press("Enter")
    page.keyboard.press("Escape")
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").click()
    menu.get_by_role("button", name="Duplicate").click()
    expect(page.locator("[data-edit]")).to_have_count(3)
    assert [field.input_value() for field in page.locator("[data-rename]").all()] == ["First", "First", "Second"]
    menu.locator("summary").click()
    menu.get_by_role("button", name="Hide").click()
    expect(page.locator(".item-state").first).to_contain_text("Hidden")
    assert len(visitor.items(number)) == 2, "not published yet"


def test_a_page_is_written_on_its_screen(page: Page, number: int, editor: Editor, visitor: Visitor) -> None:
    page.fill("#title", f"{page.input_value('#title')} now")
    expect(page.locator("#page-title")).to_contain_text("now")
    expect(page.locator("#state")).to_have_text("Published, with changes")
    page.locator(".bar [data-side=settings]").click()
    page.fill("#slug", "half-writt")
    page.fill("#text", "An intro")
    expect(page.locator("#saved")).to_contain_text("Not applied yet")
    assert visitor.get("/half-writt/").status_code == 404
    page.fill("#slug", "written-whole")
    page.get_by_role("button", name="Change the address").click()
    expect(page.locator("#address")).to_have_text("/written-whole/")
    assert visitor.get("/written-whole/").status_code == 200

    editor.edit("page", number, language="ru")  # what nobody touches here is theirs
    page.fill("#text", "Another intro")
    expect(page.locator("#saved")).to_contain_text("Somebody else has changed, too: Language")
    expect(page.locator("#language")).to_have_value("ru")
    editor.edit("page", number, text="Their intro")
    page.fill("#text", "My intro")
    expect(page.locator(".theirs-value mark")).to_have_text("Their ")
    page.get_by_role("button", name="Take theirs").click()
    expect(page.locator("#text")).to_have_value("Their intro")
    expect(page.locator(".conflict")).to_have_count(0)


def test_titles_are_changed_in_rows_and_changes_undone(page: Page, number: int) -> None:
    titles = page.locator("[data-rename]")
    titles.first.fill("Renamed")
    titles.first.press("Enter")
    expect(page.locator("#saved")).to_have_text("The title is saved: Renamed")
    titles.last.fill("Not wanted")
    titles.last.press("Escape")
    expect(titles.last).to_have_value("Second")
    page.locator(".handle").first.focus()
    page.keyboard.press("Control+z")
    expect(titles.first).to_have_value("First")
    page.locator("[data-redo]").click()
    expect(titles.first).to_have_value("Renamed")
    page.locator(".handle").first.press("Enter")
    expect(form(page).locator("[name=title]")).to_be_focused()


def test_the_focus_stays_where_one_works(page: Page, number: int) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator(".item-row summary").first.press("Enter")
    page.locator(".item-row [formaction*=delete]").first.press("Enter")
    expect(page.locator("[data-item]")).to_have_count(1)
    expect(page.locator("[data-item] [name=row]")).to_be_focused()

    page.locator("#publish > form button").press("Enter")
    expect(page.locator("#state")).to_have_text("Published")
    menu = page.locator("#publish summary")
    expect(menu).to_be_focused()
    menu.press("Enter")
    page.locator("#publish .panel button").press("Escape")
    expect(menu).to_be_focused()

    page.locator(".item-row summary").press("Enter")
    page.locator("[data-move]").press("Enter")
    expect(page.locator("#move input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".item-row summary")).to_be_focused()


@needs_axe
def test_what_opens_is_accessible(page: Page, number: int) -> None:
    page.locator("[data-preview]").click()
    page.get_by_role("tab", name="Settings").click()
    open_first(page)
    page.locator("[data-item]").last.hover()
    page.locator(".add-here summary").last.click()
    page.locator(".add-here").last.get_by_role("link", name="Add: Gallery").click()
    expect(page.locator(".in-place form")).to_have_count(2)
    for menu in page.locator("details:not(.item-row details)").all():  # (a menu of a row lies over others)
        menu.evaluate("menu => { menu.open = true; }")
    page.evaluate("window.scrollTo(0, 0)")  # the menu of the bar lies over other things in each place
    page.evaluate(AXE.read_text())
    found = list(violations(page))
    assert not found, "\n".join(found)
