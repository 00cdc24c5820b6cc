"""Plays: each token counts once, however often and by however many at once it comes, whatever breaks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from redis import Redis, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.view_counts import buffer, flush
from cms.view_counts.counter import ViewCounter
from cms.view_counts.counting_client import InDoubt
from cms.view_counts.days import latest_days
from tests.factories import Factory
from tests.view_counts.counting import TODAY, Counting

pytestmark = pytest.mark.both_databases


class Plays(Counting):
    """Players, and a counter for which it is ``day``."""

    def __init__(self, engine: Engine, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(engine, redis)
        self.day = TODAY
        self.counter_of_process = ViewCounter(redis, engine, ZoneInfo("UTC"))
        monkeypatch.setattr(self.counter_of_process, "today", lambda: self.day)

    def play(self, item: int, nonce: str) -> bool:
        return self.counter_of_process.count_play(item, nonce)


@pytest.fixture
def counting(engine: Engine, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Plays:
    return Plays(engine, redis, monkeypatch)


@pytest.fixture
def item(factory: Factory) -> int:
    return factory.item(factory.page(), counter=7, bot_views=5, plays=2**40).id


def test_each_token_counts_once_and_moves_no_counter_that_is_shown(counting: Plays, item: int) -> None:
    assert [counting.play(item, nonce) for nonce in ("a", "b", "a", "b", "c")] == [True, True, False, False, True]
    assert counting.shown(item) == 7
    counting.flush()
    assert (counting.plays(item), counting.counter(item), counting.bot_views(item)) == (2**40 + 3, 7, 5)
    assert (counting.play_days(item), counting.days(item), counting.bot_days(item)) == (
        {TODAY: 3},
        {TODAY: 0},
        {TODAY: 0},
    )
    assert not counting.play(item, "a"), "a flush forgets no token"


def test_the_same_token_from_many_threads_at_once_counts_once(counting: Plays, item: int) -> None:
    with ThreadPoolExecutor(16) as pool:
        counted = list(pool.map(lambda number: counting.play(item, f"nonce {number % 5}"), range(200)))
    assert sum(counted) == 5
    counting.flush()
    assert counting.plays(item) == 2**40 + 5


def test_a_replayed_batch_adds_nothing(counting: Plays, item: int, redis: Redis) -> None:
    counting.play(item, "a")
    counting.view(item)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    assert counting.apply(batch, commit=False) == 2
    assert [counting.apply(batch) for _ in range(3)] == [2, 0, 0]
    flush.end_batch(redis, batch)
    assert (counting.plays(item), counting.counter(item)) == (2**40 + 1, 8)


def test_a_buffer_that_comes_back_with_a_restored_redis_adds_nothing(counting: Plays, item: int, redis: Redis) -> None:
    counting.play(item, "a")
    kept = redis.dump(buffer.BUFFER)
    counting.flush()
    redis.restore(buffer.BUFFER, 0, kept)
    counting.flush()
    assert counting.plays(item) == 2**40 + 1


@pytest.mark.parametrize("counted", [False, True])
def test_when_the_answer_is_lost_the_same_token_is_sent_again(counting: Plays, item: int, counted: bool) -> None:
    counting.play(item, "before")
    client = counting.counter_of_process._client_of_thread()
    connection, answer = client._connection, client._connection.read_response

    def lose() -> None:
        if counted:
            answer()
        connection.disconnect()
        raise RedisConnectionError

    connection.read_response = lose
    if not counted:
        connection.send_command = lambda *_: None
    with pytest.raises(InDoubt):
        counting.play(item, "lost")
    connection.__dict__.pop("read_response")
    connection.__dict__.pop("send_command", None)
    assert counting.play(item, "lost") is not counted
    assert not counting.play(item, "lost")
    counting.flush()
    assert counting.plays(item) == 2**40 + 2


def test_a_redis_that_refuses_counts_nothing_and_uses_up_no_token(counting: Plays, item: int, redis: Redis) -> None:
    counting.play(item, "before")
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(RedisError):
            counting.play(item, "refused")
    finally:
        redis.config_set("maxmemory", 0)
    assert counting.play(item, "refused")
    counting.flush()
    assert counting.plays(item) == 2**40 + 2


def test_plays_of_the_next_day_begin_a_batch_of_their_own(counting: Plays, item: int) -> None:
    counting.play(item, "a")
    counting.day = TODAY + timedelta(days=1)
    assert [counting.play(item, nonce) for nonce in ("a", "b")] == [False, True]
    counting.flush()
    assert counting.play_days(item) == {TODAY: 1, counting.day: 1}
    assert counting.plays(item) == 2**40 + 2


def test_plays_of_a_deleted_item_are_dropped(counting: Plays, item: int) -> None:
    assert counting.play(10**6, "a")
    counting.play(item, "a")
    counting.flush()
    assert counting.plays(item) == 2**40 + 1


def test_days_of_an_item_of_a_page_and_of_the_site(
    counting: Plays, factory: Factory, queries: list[str], engine: Engine
) -> None:
    page, other = factory.page(), factory.page()
    first, second, elsewhere = factory.item(page).id, factory.item(page).id, factory.item(other).id
    yesterday = TODAY - timedelta(days=1)
    counting.view(first, second, elsewhere, day=yesterday)
    counting.day = yesterday
    counting.play(first, "a")
    counting.day = TODAY
    counting.play(first, "b")
    counting.play(elsewhere, "b")
    counting.view(first, second)
    counting.flush()

    def shown(**of: int) -> list[tuple[date, int, int]]:
        with Session(engine) as session:
            days = latest_days(session, TODAY, 3, **of)
        return [(day.date, day.views, day.plays) for day in days]

    before = TODAY - timedelta(days=2)
    queries.clear()
    assert shown(item=first) == [(before, 0, 0), (yesterday, 1, 1), (TODAY, 1, 1)]
    assert shown(page=page.id) == [(before, 0, 0), (yesterday, 2, 1), (TODAY, 2, 1)]
    assert shown()[1:] == [(yesterday, 3, 1), (TODAY, 2, 2)]
    assert sum(query.startswith("SELECT") for query in queries) == 3
