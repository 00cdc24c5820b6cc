"""For the tests of the public side."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _quick(quick_passwords: None) -> None:
    """None of these tests is about the strength of passwords."""
