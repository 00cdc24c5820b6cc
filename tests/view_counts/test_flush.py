"""Batches are added once to the counter and to the day, whatever dies in between."""

from __future__ import annotations

import secrets
import threading

import pytest
from redis import Redis
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms.database import now
from cms.pages.models import ContentItem
from cms.view_counts import buffer, flush
from cms.view_counts.models import ViewBatch
from tests.factories import Factory
from tests.view_counts.counting import TODAY, Counting

pytestmark = pytest.mark.both_databases


@pytest.fixture
def counting(engine: Engine, redis: Redis) -> Counting:
    return Counting(engine, redis)


@pytest.fixture
def item(factory: Factory) -> int:
    return factory.item(factory.page()).id


def test_a_flush_moves_views_and_shows_the_same(counting: Counting, item: int, redis: Redis) -> None:
    for _ in range(3):
        counting.view(item)
    for _ in range(2):
        counting.flush()
        assert (counting.counter(item), counting.shown(item)) == (3, 3)
    assert not redis.exists(buffer.BUFFER)
    assert buffer.waiting_batches(redis) == []


def test_a_replayed_batch_adds_nothing(counting: Counting, item: int, redis: Redis) -> None:
    counting.view(item)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    assert [counting.apply(batch) for _ in range(3)] == [1, 0, 0]
    assert counting.counter(item) == 1
    flush.end_batch(redis, batch)
    assert counting.apply(batch) == 0
    assert counting.counter(item) == 1


def test_a_buffer_that_comes_back_with_a_restored_redis_adds_nothing(
    counting: Counting, item: int, redis: Redis
) -> None:
    for _ in range(3):
        counting.view(item)
    kept = redis.dump(buffer.BUFFER)
    counting.flush()
    redis.restore(buffer.BUFFER, 0, kept)
    counting.flush()
    assert counting.counter(item) == 3
    counting.view(item)
    counting.flush()
    assert counting.counter(item) == 4


def test_many_items_are_in_one_buffer_from_the_first_on(counting: Counting, factory: Factory, redis: Redis) -> None:
    page = factory.page()
    items = [factory.item(page).id for _ in range(3)] + list(range(10**6, 10**6 + 2500))
    counting.view(*items)
    counting.flush()
    assert [counting.counter(item) for item in items[:3]] == [1, 1, 1]
    assert counting.differences() == []


def test_a_redis_that_is_emptied_in_the_midst_of_a_flush_keeps_no_old_counter(
    counting: Counting, item: int, redis: Redis
) -> None:
    counting.view(item)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    with Session(counting.engine) as session:
        flush.apply_batch(session, redis, batch)
        redis.flushall()
        if counting.engine.dialect.name == "postgresql":  # on SQLite a test would wait for itself
            counting.seed(item)
        session.commit()
    flush.end_batch(redis, batch)
    assert counting.shown(item) == counting.counter(item) == 1


def test_a_batch_that_comes_back_with_a_restored_redis_adds_nothing(
    counting: Counting, item: int, redis: Redis
) -> None:
    counting.view(item)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    kept = redis.dump(buffer.batch_key(batch))
    counting.flush()
    redis.restore(buffer.batch_key(batch), 0, kept)
    redis.sadd(buffer.BATCHES, batch)
    counting.flush()
    assert (counting.counter(item), counting.shown(item)) == (1, 1)


def test_a_flush_that_died_before_its_commit_is_repeated(counting: Counting, item: int, redis: Redis) -> None:
    counting.view(item)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    counting.apply(batch, commit=False)
    assert (counting.counter(item), counting.shown(item)) == (0, 1)
    counting.view(item)
    counting.flush()
    assert (counting.counter(item), counting.shown(item)) == (2, 2)


def test_a_flush_that_died_after_its_commit_is_not_added_twice(counting: Counting, item: int, redis: Redis) -> None:
    counting.view(item)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    counting.apply(batch)
    assert (counting.counter(item), counting.shown(item)) == (1, 1)
    counting.view(item)
    counting.flush()
    assert (counting.counter(item), counting.shown(item)) == (2, 2)
    assert buffer.waiting_batches(redis) == []


def test_an_empty_buffer_makes_no_batch(counting: Counting, redis: Redis, engine: Engine) -> None:
    counting.flush()
    assert buffer.waiting_batches(redis) == []
    with Session(engine) as session:
        assert session.scalars(select(ViewBatch)).all() == []


def test_a_flush_does_not_touch_when_the_item_was_changed(counting: Counting, factory: Factory) -> None:
    row = factory.item(factory.page())
    counting.view(row.id)
    counting.flush()
    assert factory.reload(row).updated_at == row.updated_at


def test_old_batch_ids_are_forgotten_and_newer_ones_kept(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(ViewBatch(id="old", views=1, applied_at=now() - flush.BATCHES_KEPT * 1.01))
        session.add(ViewBatch(id="new", views=1, applied_at=now() - flush.BATCHES_KEPT * 0.99))
        session.flush()
        flush.forget_old_batches(session)
        assert session.scalars(select(ViewBatch.id)).all() == ["new"]


def test_two_flushers_at_once_add_each_batch_once(counting: Counting, factory: Factory, redis: Redis) -> None:
    page = factory.page()
    items = [factory.item(page).id for _ in range(5)]
    for _ in range(6):
        counting.view(*items)
        flush.start_batch(redis)
    together = threading.Barrier(4)
    faults: list[BaseException] = []

    def flush_once() -> None:
        try:
            together.wait(30)
            counting.flush()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=flush_once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert [counting.counter(item) for item in items] == [6] * 5
    assert [counting.shown(item) for item in items] == [6] * 5


def test_a_batch_id_is_as_long_as_its_column(redis: Redis) -> None:
    redis.hset(buffer.BUFFER, "1", 1)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    assert len(batch) == len(secrets.token_hex(16)) == ViewBatch.__table__.columns["id"].type.length


def test_a_batch_from_before_days_were_kept_is_added(counting: Counting, item: int, redis: Redis) -> None:
    redis.hset(buffer.BUFFER, str(item), 3)
    counting.flush()
    assert (counting.counter(item), sum(counting.days(item).values())) == (3, 3)


def test_the_same_statements_add_any_number_of_views(counting: Counting, factory: Factory, queries: list[str]) -> None:
    page = factory.page()
    items = [factory.item(page).id for _ in range(40)]
    numbers = []
    for viewed, times in ((items[:1], 1), (items, 1), (items, 20)):
        for _ in range(times):
            counting.view(*viewed)
        queries.clear()
        counting.flush()
        numbers.append(len(queries))
    assert len(set(numbers)) == 1


def test_the_views_of_deleted_items_have_nowhere_to_go(counting: Counting, factory: Factory) -> None:
    page = factory.page()
    stays, goes = factory.item(page), factory.item(page)
    counting.view(stays.id, goes.id)
    with Session(counting.engine) as session:
        session.delete(session.get_one(ContentItem, goes.id))
        session.commit()
    counting.flush()
    assert (counting.counter(stays.id), counting.days(stays.id), counting.days(goes.id)) == (1, {TODAY: 1}, {})
