"""What several tests of requests need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, request, request_started


@pytest.fixture
def entered(app: Flask) -> Iterator[list[str]]:
    """The addresses for which Flask was entered."""
    seen: list[str] = []

    def note(sender: Flask, **_: Any) -> None:
        seen.append(request.path)

    with request_started.connected_to(note, app):
        yield seen
