"""Every screen is valid, accessible HTML: light or dark, wide or narrow, seen or heard."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from tests.factories import Factory
from tests.flows.screens import Screen, Screens, make_content, of_editors, of_nothing, of_visitors, unlike
from tests.servers import served
from tests.waiting import DEADLINE

#: The folder into which the Makefile installs the packages of package.json.
NPM = Path(sys.executable).parent.parent / "npm" / "node_modules"
CHECKER, AXE = NPM / "vnu-jar/build/dist/vnu.jar", NPM / "axe-core/axe.min.js"

#: Each color scheme and each width once, as no color depends on the width.
MODES: list[tuple[Any, int]] = [("light", 1440), ("dark", 390)]
CHECK = """async () => {
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame); // scripts have heard of new colors by then
    const { violations } = await axe.run({ preload: false, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}"""
#: What appears only after an action, by the address of a screen where the action is possible.
OPENED = {
    "/admin/page/": [
        "for (const menu of document.querySelectorAll('.dropdown-menu, #menu')) menu.classList.add('show')",
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
            found += of_visitors(Screens(app, app.test_client(), language, "/login"), page)
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


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The app behind a server, for the files that screens load."""
    with served(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser, site: str, signed_in: FlaskClient) -> Iterator[Page]:
    """A page of a signed-in editor, with the checker. Nothing in it moves, because colors are measured."""
    if not AXE.exists():
        pytest.skip("axe-core is missing; `make test-tools` installs it")
    context = browser.new_context(base_url=site, reduced_motion="reduce", locale="en-US")
    context.set_default_timeout(DEADLINE * 1000)
    context.add_init_script(path=AXE)
    cookie = signed_in.get_cookie("session")
    assert cookie
    context.add_cookies([{"name": "session", "value": cookie.value, "url": site}])
    yield context.new_page()
    context.close()


@pytest.mark.xdist_group("stack-flows")
def test_accessibility(page: Page, site: str, collect: Callable[..., list[Screen]]) -> None:
    told, opened = [], dict(OPENED)
    for screen in unlike(collect("en"), opened):
        page.route(site + screen.path, screen.answer)
        page.goto(screen.path)
        for action in ("", *opened.pop(screen.path, ())):
            page.evaluate(action)
            told += [f"{screen.name} {action} {found}" for found in violations(page)]
        page.unroute(site + screen.path)
    assert not told, "\n".join(told)


def violations(page: Page) -> Iterator[str]:
    for scheme, width in MODES:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        if page.url.endswith("/redoc/"):
            page.reload()  # it picks its colors when it starts
        if page.url.endswith(("/swagger/", "/redoc/")):
            page.get_by_text("List published pages").first.wait_for(state="attached")  # drawn after it has loaded
        for violation in page.evaluate(CHECK):
            yield f"({scheme}, {width} px): {violation}"
