"""Nothing that an editor writes is lost, undone or doubled when sessions end, answers get lost or others save."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.elsewhere import flask
from tests.flows.browsing import PAGE_FORM, Watched, open_context, sign_in, signed_in_as
from tests.flows.client import Editor, Visitor
from tests.flows.stack import EMAIL, PASSWORD, Stack
from tests.waiting import eventually

DRAFTS = "Object.keys(localStorage).filter((key) => key.startsWith('draft ')).length"


@pytest.fixture
def page(browser: Browser, stack: Stack, editor: Editor, opened: dict[str, Watched]) -> Page:
    """The page of a signed-in editor."""
    page = signed_in_as(editor, open_context(browser, stack, opened))
    page.on("dialog", lambda dialog: dialog.accept())
    return page


@pytest.fixture
def number(editor: Editor, request: pytest.FixtureRequest) -> int:
    """A page's id."""
    return editor.new_page(request.node.name, slug=request.node.name.replace("_", "-").split("[")[0])


@pytest.fixture
def text(editor: Editor, number: int) -> str:
    """The address of the form of a text, by itself: it is saved by its button."""
    return f"/admin/text/edit/?id={editor.add('text', number, 'Words').id}"


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def sign_in_over(page: Page, email: str = EMAIL, password: str = PASSWORD) -> None:
    dialog = page.locator("#sign-in")
    expect(dialog).to_be_visible()
    dialog.locator("[name=email]").fill(email)
    dialog.locator("[name=password]").fill(password)
    dialog.get_by_role("button", name="Sign in").click()


def forgive(opened: dict[str, Watched], *told: str) -> None:
    """Ignore complaints of the browser that the test caused."""
    for watched in opened.values():
        watched.complaints[:] = [found for found in watched.complaints if not any(each in found for each in told)]


def test_a_session_that_ends_while_one_writes(
    page: Page, number: int, text: str, visitor: Visitor, opened: dict[str, Watched]
) -> None:
    page.goto(text)
    page.fill("[name=text]", "Written for an hour")
    page.context.clear_cookies()
    save(page)
    sign_in_over(page, password="a wrong password")
    expect(page.locator("#sign-in [role=alert]")).to_have_text("The e-mail address or the password is wrong.")
    forgive(opened, "401")
    sign_in_over(page)
    page.wait_for_url("**/admin/text/")
    assert visitor.items(number)[0]["text"] == "Written for an hour"


def test_the_overview_names_what_is_not_saved_yet(page: Page, text: str) -> None:
    page.goto(text)
    page.fill("[name=title]", "On the train")
    assert eventually(lambda: page.evaluate(DRAFTS) == 1)
    page.goto("/admin/")
    link = page.get_by_role("link", name="“On the train”: your text is in this browser, and not saved yet.")
    link.click()
    expect(page.locator(".draft")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("[name=title]")).to_have_value("On the train")
    save(page)
    page.wait_for_url("**/admin/text/")
    page.goto("/admin/")
    assert eventually(lambda: page.evaluate(DRAFTS) == 0)
    expect(link).to_have_count(0)


def test_one_who_does_not_sign_in_again_keeps_the_page(page: Page, number: int, text: str) -> None:
    page.goto(text)
    page.fill("[name=text]", "Written for an hour")
    page.context.clear_cookies()
    save(page)
    page.locator("#sign-in").get_by_role("button", name="Cancel").click()
    expect(page.locator("#error")).to_contain_text("You are no longer signed in.")
    assert page.input_value("[name=text]") == "Written for an hour"
    save(page)
    sign_in_over(page)
    page.wait_for_url("**/admin/text/")


def test_a_session_that_ends_before_a_file_is_sent(page: Page, number: int, media_files: dict[str, Path]) -> None:
    page.goto(f"/admin/video/new/?page={number}&url=/admin/page/edit/?id={number}")
    page.fill("[name=title]", "A video")
    page.set_input_files("[name=video_file]", media_files["video.mp4"])
    page.context.clear_cookies()
    save(page)
    sign_in_over(page)
    page.wait_for_url(PAGE_FORM)
    expect(page.locator("[data-item]").last).to_contain_text("Completed")


def test_a_session_that_ends_while_a_file_is_sent(
    page: Page, number: int, media_files: dict[str, Path], opened: dict[str, Watched]
) -> None:
    def end(route: Route) -> None:
        if route.request.method == "POST" and not ended:
            ended.append(page.context.clear_cookies())
            route.continue_(headers={name: value for name, value in route.request.headers.items() if name != "cookie"})
        else:
            route.continue_()

    ended: list[None] = []
    page.goto(f"/admin/video/new/?page={number}&url=/admin/page/edit/?id={number}")
    page.fill("[name=title]", "A video")
    page.set_input_files("[name=video_file]", media_files["video.mp4"])
    page.route("**/admin/video/new/**", end)
    save(page)
    sign_in_over(page)
    page.wait_for_url(PAGE_FORM)
    expect(page.locator("[data-item]").last).to_contain_text("Completed")
    forgive(opened, "400")


def test_a_session_begun_in_another_tab_is_used(page: Page, number: int, text: str, visitor: Visitor) -> None:
    page.goto(text)
    page.fill("[name=text]", "Written in the first tab")
    page.context.clear_cookies()
    sign_in(page.context.new_page())
    save(page)
    page.wait_for_url("**/admin/text/")
    assert visitor.items(number)[0]["text"] == "Written in the first tab"


def test_another_person_is_told_whose_page_it_is(
    page: Page, number: int, text: str, stack: Stack, visitor: Visitor
) -> None:
    status, printed = flask(stack.environ, "cms", "create-admin", "--email", "b@example.com", "--password", PASSWORD)
    assert status == 0, printed
    page.goto(text)
    page.fill("[name=text]", "Whose?")
    page.context.clear_cookies()
    save(page)
    sign_in_over(page, email="b@example.com")
    expect(page.locator("#error")).to_contain_text(
        f"You are now signed in as b@example.com, but {EMAIL} opened this page."
    )
    assert visitor.items(number)[0]["text"] == ""
    save(page)
    page.wait_for_url("**/admin/text/")
    assert visitor.items(number)[0]["text"] == "Whose?"


def test_items_are_moved_and_rows_deleted_in_a_session_of_another_tab(
    page: Page, number: int, editor: Editor, visitor: Visitor, opened: dict[str, Watched]
) -> None:
    for title in ("First", "Second"):
        editor.add("text", number, title)
    page.goto(f"/admin/page/edit/?id={number}")
    page.context.clear_cookies()
    sign_in(page.context.new_page())
    with page.expect_response(lambda answer: "/reorder/" in answer.url and answer.status == 200):
        page.locator("[data-item] .handle").nth(1).focus()
        page.keyboard.press("ArrowUp")
    page.context.clear_cookies()
    page.locator("[data-item] summary").first.click()
    page.get_by_role("button", name="Delete").click()
    sign_in_over(page)
    expect(page.locator("[data-item]")).to_have_count(1)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#state")).to_have_text("Published")
    assert [item["title"] for item in visitor.items(number)] == ["First"]
    forgive(opened, "400")


def test_an_answer_that_is_lost_doubles_nothing(
    page: Page, number: int, visitor: Visitor, opened: dict[str, Watched]
) -> None:
    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0).status)
            route.abort("connectionreset")
        else:
            route.continue_()

    lost: list[int] = []
    page.goto(f"/admin/text/new/?page={number}&url=/admin/page/edit/?id={number}")
    page.fill("[name=title]", "Once")
    page.route("**/admin/text/new/**", lose)
    save(page)
    expect(page.locator(".admin-form")).to_have_count(0)  # the browser's own error page
    page.reload()  # this sends the form again
    page.wait_for_url(PAGE_FORM)
    expect(page.get_by_text("Text saved.").first).to_be_visible()
    assert [item["title"] for item in visitor.items(number)] == ["Once"]
    page.goto(f"/admin/text/new/?page={number}&url=/admin/page/edit/?id={number}")
    page.wait_for_function(f"() => {DRAFTS} === 0")
    forgive(opened, "ERR_CONNECTION_RESET")


def test_unsaved_text_survives_a_reload_and_goes_when_it_is_saved(
    page: Page, number: int, text: str, visitor: Visitor
) -> None:
    page.goto(text)
    page.fill("[name=text]", "Not saved")
    page.uncheck("[name=is_active]")
    page.check("[name=is_active]")
    page.reload()
    offer = page.locator(".draft")
    expect(offer).to_contain_text("You have unsaved text from")
    assert page.input_value("[name=text]") == ""
    offer.get_by_role("button", name="Restore").click()
    expect(page.locator("[name=text]")).to_have_value("Not saved")
    save(page)
    page.wait_for_url("**/admin/text/")
    page.wait_for_function(f"() => {DRAFTS} === 0")
    assert visitor.items(number)[0]["text"] == "Not saved"
    page.goto(text)
    page.fill("[name=text]", "Not wanted")
    page.reload()
    offer.get_by_role("button", name="Discard").click()
    page.reload()
    expect(page.locator(".admin-form")).to_be_visible()
    assert page.evaluate(DRAFTS) == 0


def test_signing_out_leaves_no_unsaved_text_behind(page: Page, number: int, text: str) -> None:
    page.context.clear_cookies()
    sign_in(page)  # a session of its own: that of the other tests would end
    page.goto(text)
    page.fill("[name=text]", "A secret")
    page.wait_for_function(f"() => {DRAFTS} === 1")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    assert page.evaluate(DRAFTS) == 0


def test_an_items_page_is_restored_with_its_title(page: Page, number: int) -> None:
    page.goto("/admin/text/new/")
    page.locator(".select2-choice").click()
    page.locator(".select2-input").last.fill("test_an_items")
    page.locator(".select2-result-label").first.click()
    page.fill("[name=title]", "Half done")
    page.reload()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("[name=title]")).to_have_value("Half done")
    expect(page.locator("[name=page]")).to_have_value(str(number))
    expect(page.locator(".select2-chosen")).to_contain_text("test_an_items")
    page.get_by_role("link", name="Cancel").click()


def test_two_tabs_with_one_form(page: Page, number: int, text: str, visitor: Visitor) -> None:
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(text)
    other.fill("[name=text]", "Theirs")
    save(other)
    other.wait_for_url("**/admin/text/")
    page.fill("[name=text]", "Mine")
    save(page)
    expect(page.get_by_role("alert").first).to_contain_text(f"{EMAIL} saved this on")
    expect(page.locator(".theirs-value")).to_have_text("Theirs")
    assert page.input_value("[name=text]") == "Mine"
    assert visitor.items(number)[0]["text"] == "Theirs"
    page.get_by_role("button", name="Save mine anyway").click()
    page.wait_for_url("**/admin/text/")
    assert visitor.items(number)[0]["text"] == "Mine"


def test_a_file_stays_chosen_when_somebody_else_has_saved(
    page: Page, number: int, editor: Editor, media_files: dict[str, Path]
) -> None:
    item = editor.add("video", number, "Old", video_url="https://example.com/a").id
    page.goto(f"/admin/video/edit/?id={item}&url=/admin/page/edit/?id={number}")
    editor.edit("video", item, title="Theirs")
    page.fill("[name=title]", "Mine")
    page.set_input_files("[name=video_file]", media_files["video.mp4"])
    save(page)
    expect(page.locator(".theirs-value")).to_have_text("Theirs")
    page.get_by_label("Use theirs").check()
    save(page)
    page.wait_for_url(PAGE_FORM)
    expect(page.locator("[data-item]").last).to_contain_text("Theirs")
    expect(page.locator("[data-item]").last).to_contain_text("Completed")


def test_without_scripts_the_text_comes_back_after_signing_in(
    browser: Browser, stack: Stack, opened: dict[str, Watched], number: int, visitor: Visitor
) -> None:
    page = open_context(browser, stack, opened, java_script_enabled=False)
    sign_in(page)
    page.goto(f"/admin/page/edit/?id={number}")
    page.fill("[name=text]", "Written\nfor an hour")
    page.context.clear_cookies()
    save(page)
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.get_by_role("button", name="Back to the form").click()
    expect(page.locator("[name=text]")).to_have_value("Written\nfor an hour")
    expect(page.get_by_role("alert").first).to_contain_text("Your session had ended.")
    save(page)
    page.wait_for_url("**/admin/page/")
    assert visitor.page(number)["text"] == "Written\nfor an hour"
    forgive(opened, "400")
