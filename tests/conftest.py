"""What all tests share: how they are marked and ordered, the plugins with their fixtures, and who signs in."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from cms.accounts import users
from cms.http.fastpath import FastPath
from tests import warden
from tests.factories import Factory

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.apps", "tests.fixtures.content"]

HERE = Path(__file__).parent
#: Markers, and the databases that they stand for.
DATABASES = {"both_databases": ["sqlite", "postgresql"], "sqlite": ["sqlite"], "postgresql": ["postgresql"]}


#: Folders whose tests run the product in processes of its own, and the markers of those tests.
TIERS = {"flows": "e2e", "faults": "faults", "fuzz": "fuzz"}
#: Fixtures of a whole run that are processes of the product, or a browser.
RUNNING = ("stack", "fleet", "browser")


def pytest_configure(config: pytest.Config) -> None:
    warden.begin()
    config.addinivalue_line("markers", "e2e: a flow end to end, through real processes")
    config.addinivalue_line("markers", "browser: in a real browser")
    config.addinivalue_line("markers", "faults: processes, servers and disks fail, for real and many times")
    config.addinivalue_line("markers", "fuzz: inputs that nobody thought of")
    config.addinivalue_line("markers", "heavy: starts processes, makes databases of its own, or waits for threads")
    config.addinivalue_line("markers", "both_databases: run on SQLite and on PostgreSQL, not on SQLite alone")
    config.addinivalue_line("markers", "sqlite: run on SQLite alone; each run on it has this, too")
    config.addinivalue_line("markers", "postgresql: run on PostgreSQL alone; each run on it has this, too")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Tests that share a running product go to one worker, and first, so that no worker waits for them at the end."""
    for item in items:
        if "browser" in item.fixturenames:
            item.add_marker("browser")
        if "new_app" in item.fixturenames:
            item.add_marker("heavy")
        if tier := TIERS.get(_folder(item)):
            item.add_marker(tier)
        if item.get_closest_marker("xdist_group"):
            continue
        if "fleet" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(f"fleet-{item.callspec.params['fleet']}"))
        elif "stack" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(f"stack-{_folder(item)}"))
    items.sort(key=lambda item: _folder(item) not in TIERS)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: Any, nextitem: Any) -> None:
    """Stop what a group of tests has run when its last test is over: idle, it would slow all others down."""
    group = _group(item)
    if group is None or nextitem is None or _group(nextitem) == group:
        return
    for name in RUNNING:
        for definition in item._fixtureinfo.name2fixturedefs.get(name, ()):
            definition.finish(item._request)


def _group(item: Any) -> str | None:
    mark = item.get_closest_marker("xdist_group")
    return mark.args[0] if mark else None


def _folder(item: pytest.Item) -> str:
    """The folder of a test, below this one."""
    return item.path.relative_to(HERE).parts[0]


def pytest_collection_finish() -> None:
    """Freeze the existing objects, so that the garbage collector need not scan them; run it less often later."""
    gc.freeze()
    gc.set_threshold(50_000)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The closest marker decides on which databases a test runs."""
    if "database" not in metafunc.fixturenames:
        return
    said = [mark.name for mark in metafunc.definition.iter_markers() if mark.name in DATABASES]
    names = DATABASES[said[0]] if said else ["sqlite"]
    runs = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in names]
    metafunc.parametrize("database", runs, indirect=True)


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hashes with little effort: many tests sign in, and the strength is looked at where it is set."""
    monkeypatch.setattr(users, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor to a process that has just started."""
    middleware: Any = app.wsgi_app
    while not isinstance(middleware, FastPath):
        middleware = middleware.application
    middleware._remembered.clear()
    return app.test_client()


@pytest.fixture
def signed_in(client: FlaskClient, factory: Factory) -> FlaskClient:
    """A client that has gone through the sign-in form."""
    factory.user("editor@example.com", "correct horse")
    answer = sign_in(client, "editor@example.com", "correct horse")
    assert answer.status_code == 302, answer.text
    return client


def csrf_token(client: FlaskClient, form: str = "") -> str:
    """The token that is in the form at that address. Without one it is asked for as the admin's scripts do.

    That takes much less time than to write a form.
    """
    if not form:
        return str(client.get("/login/session").json["csrf_token"])
    text = client.get(form).text
    return text.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


def sign_in(client: FlaskClient, email: str, password: str, address: str = "/login") -> Any:
    token = csrf_token(client)
    return client.post(address, data={"csrf_token": token, "email": email, "password": password})
