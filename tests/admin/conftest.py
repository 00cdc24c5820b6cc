"""What the tests of the admin share: the tasks that were sent, and their work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

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


@pytest.fixture
def all_of(engine: Engine) -> Callable[[type[Any]], list[Any]]:
    """The rows of a table now, in order. Nothing is locked by reading them."""

    def read(model: type[Any]) -> list[Any]:
        with Session(engine, expire_on_commit=False) as session:
            return list(session.scalars(select(model).order_by(*model.__table__.primary_key)))

    return read
