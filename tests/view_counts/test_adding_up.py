"""Where the views of an item are: all parts are of one instant, whatever moves while they are read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from cms.view_counts import buffer, flush
from cms.view_counts.adding_up import Counts, add_up
from cms.view_counts.buffer import Count
from cms.view_counts.days import Day
from tests.factories import Factory
from tests.view_counts.counting import TODAY, Counting

pytestmark = pytest.mark.both_databases


@pytest.fixture
def counting(engine: Engine, redis: Redis) -> Counting:
    return Counting(engine, redis)


@pytest.fixture
def item(factory: Factory) -> int:
    return factory.item(factory.page()).id


def test_each_part_is_told(counting: Counting, item: int, redis: Redis) -> None:
    counting.view(item)
    counting.view(item, count=Count.PLAY)
    counting.flush()
    counting.view(item)
    counting.view(item, count=Count.BOT_VIEW)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    counting.view(item)
    found = counting.added_up(item)
    assert found.days == [Day(TODAY, 1, 1, 0)]
    assert (found.flushed, found.moving, found.buffered) == (Counts(1, 1), Counts(1, 0, 1), Counts(1))
    assert found.total == (3, 1, 1)
    counting.apply(batch)  # and not ended
    found = counting.added_up(item)
    assert (found.flushed, found.moving, found.buffered) == (Counts(2, 1, 1), Counts(), Counts(1))


def test_views_that_move_while_they_are_read_are_neither_lost_nor_counted_twice(
    counting: Counting, item: int, engine: Engine, redis: Redis
) -> None:
    counting.view(item)
    moves = [counting.flush, lambda: flush.start_batch(redis), counting.flush]
    begin = sessionmaker(engine).begin

    @contextmanager
    def meanwhile() -> Any:
        if moves:
            counting.view(item)
            moves.pop(0)()
        with begin() as session:
            yield session

    found = add_up(meanwhile, redis, item)
    assert found
    assert found.total.views == 4
    assert not moves


def test_without_redis_the_database_is_told_alone(
    counting: Counting, item: int, engine: Engine, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting.view(item)
    counting.flush()
    counting.view(item)

    def fail(*_: Any) -> None:
        raise RedisAway

    monkeypatch.setattr(redis, "eval", fail)
    found = counting.added_up(item)
    assert (found.flushed, found.moving, found.buffered, found.total.views) == (Counts(1), None, None, 1)
    assert add_up(sessionmaker(engine).begin, redis, item + 1) is None
