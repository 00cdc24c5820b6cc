"""A running product of its own for the fuzz tests: what they do to it bothers no other test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.flows.client import Editor
from tests.flows.stack import Stack


@pytest.fixture
def quiet() -> Iterator[None]:
    """Without the line that each request writes."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    yield
    root.setLevel(level)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The product on its own SQLite and Redis; at the end nothing of it may be left."""
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
