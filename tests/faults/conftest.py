"""The running copies that the faults happen to: SQLite with the embedded Redis, PostgreSQL with a Redis server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.faults.processes import Fleet
from tests.flows.client import Editor, Visitor
from tests.servers import PostgresServer, RedisServer, missing


@pytest.fixture(scope="session", params=["embedded", "servers"])
def fleet(request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """One copy for all tests; whatever a test kills in it is running again at the end of the test."""
    for server in ("redis", "postgresql") if request.param == "servers" else ("redis",):
        if reason := missing(server):
            pytest.skip(reason)
    with ExitStack() as stack:
        if request.param == "embedded":
            fleet = Fleet()
        else:
            postgres = PostgresServer()
            stack.callback(postgres.remove)
            postgres.start()
            fleet = Fleet(postgres, RedisServer(sync="always"))
        stack.callback(fleet.remove)
        yield fleet.start()


@pytest.fixture(autouse=True)
def whole(fleet: Fleet) -> Iterator[None]:
    """After a test that failed half-way the next one finds everything running, and no mines."""
    yield
    fleet.make_whole()


@pytest.fixture(scope="session")
def editor(fleet: Fleet) -> Editor:
    return Editor(fleet)


@pytest.fixture
def visitor(fleet: Fleet) -> Visitor:
    return Visitor(fleet)


@pytest.fixture
def page(editor: Editor, request: pytest.FixtureRequest) -> int:
    """A page of its own for each test."""
    return editor.new_page(request.node.name)
