"""For the tests of the public side."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from cms.services import users


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hashes with the smallest effort: many sign-ins, and none of these tests is about their strength."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(users, "_hasher", quick)
    monkeypatch.setattr(users, "_NOBODY", quick.hash("nobody"))
