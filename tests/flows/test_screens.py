"""Every screen is valid, accessible HTML: light or dark, wide or narrow, seen or heard."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from tests.factories import Factory
from tests.flows.accessibility import AXE, NPM, needs_axe, violations
from tests.flows.screens import Screen, Screens, make_content, of_editors, of_nothing, of_visitors, unlike
from tests.rounds import ROUNDS
from tests.servers import served
from tests.waiting import DEADLINE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: What is seen differs between the languages by its length alone: the other one is for `make torture`.
LANGUAGES = ("en", "ru") if ROUNDS > 2 else ("en",)

CHECKER = NPM / "vnu-jar/build/dist/vnu.jar"

#: What appears only after an action, by the address of a screen where the action is possible.
OPENED = {
    "/admin/": ["for (const menu of document.querySelectorAll('details')) menu.open = true"],
    "/admin/page/": [
        "document.querySelector('#menu').classList.add('show')",
        # The checker takes links that a menu covers in part for small ones.
        "for (const table of document.querySelectorAll('main table')) table.inert = true",
        *(f"jQuery('main [data-toggle=dropdown]').eq({number}).dropdown('toggle')" for number in range(3)),
        "document.getElementById('sign-in').showModal()",
    ],
    "/admin/page/new/": [
        """document.querySelector('main').append(document.querySelector('#draft').content);
        for (const part of document.querySelectorAll('p[hidden], .upload-progress')) part.hidden = false;
        document.querySelector('fieldset').disabled = true;
        import(new URL("messages.js", document.querySelector("script[type=module]").src))
            .then(({ showError }) => showError("Words."));""",
    ],
    "/admin/text/new/": ["jQuery('#page').select2('open')"],
    "/swagger/": ["document.querySelector('.opblock-summary-control').click()"],
    "/redoc/": [],
}


@pytest.fixture
def collect(app: Flask, signed_in: FlaskClient, factory: Factory) -> Callable[..., list[Screen]]:
    def screens(*languages: str) -> list[Screen]:
        found = [*of_nothing(Screens(app, signed_in, "en"))]
        page, items, media_file = make_content(factory)
        for language in languages:
            found += of_visitors(Screens(app, app.test_client(), language), page)
            found += of_editors(Screens(app, signed_in, language), page, items, media_file)
        return found

    return screens


def test_html(collect: Callable[..., list[Screen]], tmp_path: Path) -> None:
    java = shutil.which("java")
    if java is None or not CHECKER.exists():
        pytest.skip("java or the Nu checker is missing; `make test-tools` installs them")
    screens = collect("en", "ru")
    for number, screen in enumerate(screens):
        (tmp_path / f"{number}.html").write_text(screen.html)
    # The language of a text is only guessed. File names turn it into Maltese.
    options = ["--format", "json", "--exit-zero-always", "--skip-non-html", "--no-langdetect"]
    command = [java, "-jar", str(CHECKER), *options, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=True)
    told = [
        f"{screens[int(Path(found['url']).stem)].name}: {found['message']}: {found.get('extract')}"
        for found in json.loads(done.stderr)["messages"]
    ]
    assert not told, "\n".join(told)


class Shown:
    """The product behind a server, for all that screens load, with one screen in place of what is at its address.

    The browser would do that, too, but then it would load each script and style anew for each screen.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.screen: Screen | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING")
        if not self.screen or self.screen.path != environ["PATH_INFO"] + (f"?{query}" if query else ""):
            return self.app(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [self.screen.html.encode()]


@pytest.fixture
def shown(app: Flask) -> Shown:
    return Shown(app)


@pytest.fixture
def page(browser: Browser, shown: Shown, signed_in: FlaskClient) -> Iterator[Page]:
    """A page of a signed-in editor, with the checker. Nothing in it moves, because colors are measured."""
    with served(shown) as site:
        context = browser.new_context(base_url=site, reduced_motion="reduce", locale="en-US")
        context.set_default_timeout(DEADLINE * 1000)
        context.add_init_script(path=AXE)
        cookie = signed_in.get_cookie("session")
        assert cookie
        context.add_cookies([{"name": "session", "value": cookie.value, "url": site}])
        yield context.new_page()
        context.close()


@needs_axe
@pytest.mark.xdist_group("stack-flows")
def test_accessibility(page: Page, shown: Shown, collect: Callable[..., list[Screen]]) -> None:
    told, opened = [], dict(OPENED)
    for shown.screen in unlike(collect(*LANGUAGES), opened):
        name, path = shown.screen.name, shown.screen.path
        page.goto(path)
        for action in ("", *opened.pop(path, ())):
            page.evaluate(action)
            told += [f"{name} {action} {found}" for found in look(page)]
    assert not told, "\n".join(told)


def look(page: Page) -> Iterator[str]:
    def ready() -> None:
        if page.url.endswith("/redoc/"):
            page.reload()  # it picks its colors when it starts
        if page.url.endswith(("/swagger/", "/redoc/")):
            page.get_by_text("List published pages").first.wait_for(state="attached")  # drawn after it has loaded

    return violations(page, ready)
