"""The running copies that are exposed to faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.fleets import KINDS, started
from tests.faults.processes import Fleet
from tests.flows.client import Editor, Visitor


@pytest.fixture(scope="session", params=KINDS)
def fleet(request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """One copy for all tests. Whatever a test kills in it is running again at the end of the test."""
    with started(request.param) as fleet:
        yield fleet


@pytest.fixture(autouse=True)
def whole(fleet: Fleet) -> Iterator[None]:
    """Restore the copy after each test, so that the next one finds everything running, and no mines."""
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
    return editor.new_page(f"{request.path.stem}: {request.node.name}")
