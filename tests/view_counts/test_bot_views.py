"""Views by known bots: as exact as the others, separate from them, and in no visible counter."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from redis import Redis, RedisError
from sqlalchemy import Engine

from cms.view_counts import buffer, flush
from cms.view_counts.buffer import Count
from tests.factories import Factory
from tests.view_counts.counting import TODAY, Counting

pytestmark = pytest.mark.both_databases


class Bots(Counting):
    """Bots and people read."""

    def bot(self, *items: int, day: date = TODAY) -> list[int]:
        return self.view(*items, count=Count.BOT_VIEW, day=day)

    def totals(self, item: int) -> tuple[int, int]:
        return self.counter(item), self.bot_views(item)


@pytest.fixture
def counting(engine: Engine, redis: Redis) -> Bots:
    return Bots(engine, redis)


@pytest.fixture
def item(factory: Factory) -> int:
    return factory.item(factory.page(), counter=7, bot_views=2**40).id


def test_a_bot_sees_the_counter_and_does_not_move_it(counting: Bots, item: int) -> None:
    assert [counting.bot(item), counting.view(item), counting.bot(item), counting.bot(item)] == [[7], [7], [8], [8]]
    counting.flush()
    assert counting.totals(item) == (8, 2**40 + 3)
    assert (counting.days(item), counting.bot_days(item)) == ({TODAY: 1}, {TODAY: 3})
    assert counting.shown(item) == 8


def test_bots_alone_make_a_batch(counting: Bots, item: int, redis: Redis) -> None:
    counting.bot(item)
    counting.flush()
    assert counting.totals(item) == (7, 2**40 + 1)
    assert (counting.days(item), counting.bot_days(item)) == ({TODAY: 0}, {TODAY: 1})
    assert not redis.exists(buffer.BUFFER)


def test_a_replayed_batch_adds_nothing(counting: Bots, item: int, redis: Redis) -> None:
    for _ in range(2):
        counting.view(item)
        counting.bot(item)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    assert counting.apply(batch, commit=False) == 4
    assert [counting.apply(batch) for _ in range(3)] == [4, 0, 0]
    flush.end_batch(redis, batch)
    assert counting.totals(item) == (9, 2**40 + 2)


@pytest.mark.parametrize("applied", [False, True])
def test_a_base_that_is_read_while_a_batch_is_on_its_way_has_no_bots_in_it(
    counting: Bots, item: int, redis: Redis, applied: bool
) -> None:
    for _ in range(4):
        counting.view(item)
        counting.bot(item)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    if applied:
        counting.apply(batch)
    redis.delete(buffer.BASE)
    assert counting.shown(item) == 11
    counting.flush()
    assert counting.totals(item) == (11, 2**40 + 4)


def test_a_buffer_that_comes_back_with_a_restored_redis_adds_nothing(counting: Bots, item: int, redis: Redis) -> None:
    counting.bot(item)
    kept = redis.dump(buffer.BUFFER)
    counting.flush()
    redis.restore(buffer.BUFFER, 0, kept)
    counting.flush()
    assert counting.totals(item) == (7, 2**40 + 1)


def test_bots_of_the_next_day_begin_a_batch_of_their_own(counting: Bots, item: int) -> None:
    tomorrow = TODAY + timedelta(days=1)
    counting.view(item)
    counting.bot(item)
    counting.bot(item, day=tomorrow)
    counting.flush()
    assert counting.bot_days(item) == {TODAY: 1, tomorrow: 1}
    assert counting.days(item) == {TODAY: 1, tomorrow: 0}


def test_without_redis_they_are_counted_in_the_database(counting: Bots, item: int) -> None:
    assert counting.count_in_database(item, 10**6, bots=True) == [7, 0]
    assert counting.count_in_database(item) == [7]
    assert counting.totals(item) == (8, 2**40 + 1)
    assert (counting.days(item), counting.bot_days(item)) == ({TODAY: 1}, {TODAY: 1})


def test_a_refused_question_has_counted_nothing(counting: Bots, item: int, redis: Redis) -> None:
    counting.bot(item)
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(RedisError):
            counting.ask(item, count=Count.BOT_VIEW)
    finally:
        redis.config_set("maxmemory", 0)
    counting.flush()
    assert counting.totals(item) == (7, 2**40 + 1)


def test_many_items_are_counted_at_once(counting: Bots, factory: Factory, redis: Redis) -> None:
    """More items than Lua can unpack at once get one view each, in a hash table from the start."""
    page = factory.page()
    few = [factory.item(page).id for _ in range(3)]
    many = [*few, *range(10**6, 10**6 + 2500)]
    assert counting.bot(*few) == [0] * 3
    assert redis.object("ENCODING", buffer.BUFFER) == b"hashtable"
    assert [counting.bot(*many) for _ in range(2)] == [[0] * 2503] * 2
    counting.flush()
    assert [counting.totals(item) for item in few] == [(0, 3)] * 3
    assert counting.differences() == []


def test_a_flush_does_not_touch_when_the_item_was_changed(counting: Bots, factory: Factory) -> None:
    row = factory.item(factory.page())
    counting.bot(row.id)
    counting.flush()
    counting.count_in_database(row.id, bots=True)
    assert (factory.reload(row).bot_views, factory.reload(row).updated_at) == (2, row.updated_at)


def test_the_same_statements_add_any_number_of_views(counting: Bots, factory: Factory, queries: list[str]) -> None:
    page = factory.page()
    items = [factory.item(page).id for _ in range(40)]
    numbers = []
    for viewed, times in ((items[:1], 1), (items, 1), (items, 20)):
        for _ in range(times):
            counting.view(*viewed)
            counting.bot(*viewed)
        queries.clear()
        counting.flush()
        numbers.append(len(queries))
    assert len(set(numbers)) == 1
