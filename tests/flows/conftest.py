"""The running product that the flow tests share."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.flows.browsing import ARGUMENTS, Watched, chromium, open_context, signed_in_as
from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack
from tests.waiting import DEADLINE


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The product on its own SQLite and Redis, started once. Nothing of it may be left at the end."""
    stack = Stack(MAX_UPLOAD_MB="8")
    try:
        yield stack.start()
        assert stack.stop(signal.SIGTERM) == 128 + signal.SIGTERM
        assert stack.left_behind() == {}
    finally:
        stack.remove()


@pytest.fixture(scope="session")
def editor(stack: Stack) -> Editor:
    return Editor(stack)


@pytest.fixture
def visitor(stack: Stack) -> Visitor:
    return Visitor(stack)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = chromium()
    if found is None:
        pytest.skip("no chromium on PATH: tests in a browser are left out")
    expect.set_options(timeout=DEADLINE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, stack: Stack) -> Iterator[dict[str, Watched]]:
    """The contexts that a test has opened. None of them may have complained at its end."""
    made: dict[str, Watched] = {}
    yield made
    for watched in made.values():
        watched.context.close()
    complaints = {complaint for watched in made.values() for complaint in watched.complaints}
    assert not complaints, "\n".join(sorted(complaints))


@pytest.fixture
def page(browser: Browser, stack: Stack, editor: Editor, opened: dict[str, Watched]) -> Page:
    """The page of a signed-in editor, on a wide screen."""
    page = signed_in_as(editor, open_context(browser, stack, opened))
    page.set_viewport_size({"width": 1440, "height": 1000})
    return page
