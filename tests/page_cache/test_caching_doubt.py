"""What Redis was not told it forgets as soon as it listens, whoever asks it first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from redis import Redis, RedisError

import config
from cms import create_app
from cms.page_cache import doubt as doubt_module
from cms.page_cache.doubt import Doubt
from cms.pages.models import Page
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubt_module, "CLEAR_SECONDS", 0.01)


def test_redis_is_told_until_it_listens() -> None:
    told: list[bool] = []

    def forget() -> None:
        told.append(len(told) >= 3)
        if not told[-1]:
            raise RedisError("refused")

    doubt = Doubt(forget)
    doubt.clear()
    assert told == [], "there is no doubt"
    doubt.arise()
    with pytest.raises(RedisError):
        doubt.clear()
    assert eventually(lambda: told[-1], pause=0.01)
    assert eventually(lambda: not doubt._is_telling, pause=0.01)
    doubt.clear()
    assert told == [False, False, False, True]
    doubt.arise()
    assert eventually(lambda: len(told) == 5, pause=0.01), "it is told anew"


def test_what_arises_while_redis_is_told_stays_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubt_module, "CLEAR_SECONDS", 60)
    told: list[int] = []

    def forget() -> None:
        told.append(1)
        if len(told) == 1:
            doubt.arise()

    doubt = Doubt(forget)
    doubt.arise()
    for expected in (1, 2, 2):
        doubt.clear()
        assert len(told) == expected


@pytest.mark.both_databases
def test_an_edit_that_redis_has_no_room_for_is_read_in_every_process(
    settings: config.Settings,
    client: FlaskClient,
    edit: Callable[..., None],
    page: Page,
    redis: Redis,
) -> None:
    """The other one had nothing to do with it: nobody asked it for anything meanwhile."""
    other = create_app(settings).test_client()
    for _ in range(2):
        assert "Old" in other.get("/it/").text
    try:
        redis.config_set("maxmemory", 1)
        edit(page, title="New")
    finally:
        redis.config_set("maxmemory", 0)
    assert eventually(lambda: "New" in other.get("/it/").text)
