"""A separate running product for the fuzz tests, so that they do not disturb other tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.flows.client import Editor
from tests.flows.stack import Stack


@pytest.fixture
def quiet() -> Iterator[None]:
    """Suppress the log line of each request."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    yield
    root.setLevel(level)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The product on its own SQLite and Redis. Nothing of it may be left at the end."""
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
