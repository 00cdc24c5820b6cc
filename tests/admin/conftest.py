"""What the tests of the admin share: the tasks that were sent, and their work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from cms import tasks


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The uploads whose tasks were sent; replaces the broker."""
    ids: list[int] = []
    monkeypatch.setattr(tasks.process_upload, "delay", ids.append)
    return ids


@pytest.fixture
def derivatives_sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The derivatives whose quick tasks were sent; replaces the broker."""
    ids: list[int] = []
    monkeypatch.setattr(tasks.derive, "delay", ids.append)
    return ids


@pytest.fixture
def work(app: Flask, sent: list[int]) -> Callable[[], None]:
    """Run the tasks, as a worker does."""

    def run() -> None:
        with app.app_context():
            while sent:
                tasks.process_upload.run(sent.pop(0))

    return run
