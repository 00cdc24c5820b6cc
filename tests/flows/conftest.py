"""The running product that the flows share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here runs end to end, through real processes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The product on its own SQLite and Redis, started once; at the end nothing of it may be left."""
    stack = Stack(MAX_UPLOAD_MB="8")
    try:
        yield stack.start()
        stack.stop()
        assert stack.left_behind() == {}
    finally:
        stack.remove()


@pytest.fixture(scope="session")
def editor(stack: Stack) -> Editor:
    return Editor(stack)


@pytest.fixture
def visitor(stack: Stack) -> Visitor:
    return Visitor(stack)
