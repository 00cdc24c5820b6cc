"""If Redis missed a change, it forgets everything as soon as it answers, whichever process asks first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from redis import Redis, RedisError

import config
from cms import create_app
from cms.page_cache import pending as pending_module
from cms.page_cache.pending import PendingInvalidation
from cms.pages.models import Page
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_module, "RETRY_SECONDS", 0.01)


def test_redis_is_told_until_it_listens() -> None:
    told: list[bool] = []

    def forget() -> None:
        told.append(len(told) >= 3)
        if not told[-1]:
            raise RedisError("refused")

    pending = PendingInvalidation(forget)
    pending.flush()
    assert told == [], "nothing is pending"
    pending.mark()
    with pytest.raises(RedisError):
        pending.flush()
    assert eventually(lambda: told[-1], pause=0.01)
    assert eventually(lambda: not pending._is_retrying, pause=0.01)
    pending.flush()
    assert told == [False, False, False, True]
    pending.mark()
    assert eventually(lambda: len(told) == 5, pause=0.01), "Redis is told again"


def test_what_is_marked_while_redis_is_told_stays_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_module, "RETRY_SECONDS", 60)
    told: list[int] = []

    def forget() -> None:
        told.append(1)
        if len(told) == 1:
            pending.mark()

    pending = PendingInvalidation(forget)
    pending.mark()
    for expected in (1, 2, 2):
        pending.flush()
        assert len(told) == expected


@pytest.mark.both_databases
def test_an_edit_that_redis_has_no_room_for_is_read_in_every_process(
    settings: config.Settings,
    client: FlaskClient,
    edit: Callable[..., None],
    page: Page,
    redis: Redis,
) -> None:
    """The other process was not involved in the edit, and got no request meanwhile."""
    other = create_app(settings).test_client()
    for _ in range(2):
        assert "Old" in other.get("/it/").text
    try:
        redis.config_set("maxmemory", 1)
        edit(page, title="New")
    finally:
        redis.config_set("maxmemory", 0)
    assert eventually(lambda: "New" in other.get("/it/").text)
