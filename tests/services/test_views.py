"""Views are exact: counted once, flushed once, whatever dies in between."""

from __future__ import annotations

import secrets
import threading

import pytest
from redis import Redis
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms.models import ContentItem, ViewBatch, now
from cms.services import views
from tests.factories import Made

pytestmark = pytest.mark.both_databases

_COUNT = views.LUA_COUNT + "return count(KEYS[1], KEYS[2], {unpack(ARGV, 2)}, tonumber(ARGV[1]))"


class Counting:
    """What web processes and flushes do, step by step."""

    def __init__(self, engine: Engine, redis: Redis) -> None:
        self.engine, self.redis = engine, redis

    def view(self, *items: int, views_: int = 1) -> list[int]:
        """Count as a response does; the counters as they were before."""
        while (before := self._count(items, views_)) is None:
            self.seed(*items)
        return [int(number) for number in before]

    def _count(self, items: tuple[int, ...], number: int) -> list[int] | None:
        return self.redis.eval(_COUNT, 2, views.BASE, views.BUFFER, number, *items)  # type: ignore[no-any-return]

    def seed(self, *items: int) -> None:
        with Session(self.engine) as session:
            views.seed(session, self.redis, items)

    def apply(self, batch: str, *, commit: bool = True) -> int:
        with Session(self.engine) as session:
            added = views.apply_batch(session, self.redis, batch)
            session.commit() if commit else session.rollback()
            return added

    def flush(self) -> None:
        views.start_batch(self.redis)
        for batch in views.waiting_batches(self.redis):
            self.apply(batch)
            views.end_batch(self.redis, batch)

    def counter(self, item: int) -> int:
        with Session(self.engine) as session:
            return session.scalars(select(ContentItem.counter).where(ContentItem.id == item)).one()

    def shown(self, item: int) -> int:
        return self.view(item, views_=0)[0]


@pytest.fixture
def counting(engine: Engine, redis: Redis) -> Counting:
    return Counting(engine, redis)


@pytest.fixture
def item(made: Made) -> int:
    return made.item(made.page()).id


def test_the_nth_view_shows_n_minus_one(counting: Counting, item: int) -> None:
    assert [counting.view(item)[0] for _ in range(5)] == [0, 1, 2, 3, 4]
    assert counting.shown(item) == 5
    assert counting.counter(item) == 0, "the database learns of it at the flush"


def test_counting_starts_from_the_database(counting: Counting, made: Made) -> None:
    item = made.item(made.page(), counter=2**40).id
    assert counting.view(item) == [2**40]
    counting.flush()
    assert counting.counter(item) == 2**40 + 1


def test_a_flush_moves_views_and_shows_the_same(counting: Counting, item: int, redis: Redis) -> None:
    for _ in range(3):
        counting.view(item)
    for _ in range(2):
        counting.flush()
        assert (counting.counter(item), counting.shown(item)) == (3, 3)
    assert not redis.exists(views.BUFFER)
    assert views.waiting_batches(redis) == []


def test_several_items_are_counted_together(counting: Counting, made: Made) -> None:
    page = made.page()
    items = [made.item(page, counter=number).id for number in range(3)]
    assert counting.view(*items) == [0, 1, 2]
    assert counting.view(items[2], items[0]) == [3, 1]
    counting.flush()
    assert [counting.counter(item) for item in items] == [2, 2, 4]


def test_thousands_of_items_are_counted_in_one_go(counting: Counting, redis: Redis) -> None:
    items = list(range(1, 5001))
    redis.hset(views.BASE, mapping={str(item): item for item in items})
    assert counting.view(*items) == items
    assert counting.view(*items) == [item + 1 for item in items]


def test_nothing_is_counted_when_one_base_is_missing(counting: Counting, item: int, made: Made) -> None:
    counting.view(item)
    other = made.item(made.page()).id
    assert counting._count((item, other), 1) is None
    assert counting.shown(item) == 1


def test_a_replayed_batch_adds_nothing(counting: Counting, item: int, redis: Redis) -> None:
    counting.view(item)
    views.start_batch(redis)
    [batch] = views.waiting_batches(redis)
    assert [counting.apply(batch) for _ in range(3)] == [1, 0, 0]
    assert counting.counter(item) == 1
    views.end_batch(redis, batch)
    assert counting.apply(batch) == 0
    assert counting.counter(item) == 1


def test_a_batch_that_comes_back_with_a_restored_redis_adds_nothing(
    counting: Counting, item: int, redis: Redis
) -> None:
    counting.view(item)
    views.start_batch(redis)
    [batch] = views.waiting_batches(redis)
    kept = redis.dump(views.batch_key(batch))
    counting.flush()
    redis.restore(views.batch_key(batch), 0, kept)
    redis.sadd(views.BATCHES, batch)
    counting.flush()
    assert (counting.counter(item), counting.shown(item)) == (1, 1)


def test_a_flush_that_died_before_its_commit_is_repeated(counting: Counting, item: int, redis: Redis) -> None:
    counting.view(item)
    views.start_batch(redis)
    [batch] = views.waiting_batches(redis)
    counting.apply(batch, commit=False)
    assert (counting.counter(item), counting.shown(item)) == (0, 1)
    counting.view(item)
    counting.flush()
    assert (counting.counter(item), counting.shown(item)) == (2, 2)


def test_a_flush_that_died_after_its_commit_is_not_added_twice(counting: Counting, item: int, redis: Redis) -> None:
    counting.view(item)
    views.start_batch(redis)
    [batch] = views.waiting_batches(redis)
    counting.apply(batch)
    assert (counting.counter(item), counting.shown(item)) == (1, 1)
    counting.view(item)
    counting.flush()
    assert (counting.counter(item), counting.shown(item)) == (2, 2)
    assert views.waiting_batches(redis) == []


@pytest.mark.parametrize("applied", [False, True])
def test_a_base_that_is_read_while_a_batch_is_on_its_way_counts_it_once(
    counting: Counting, item: int, redis: Redis, applied: bool
) -> None:
    for _ in range(4):
        counting.view(item)
    views.start_batch(redis)
    [batch] = views.waiting_batches(redis)
    if applied:
        counting.apply(batch)
    redis.delete(views.BASE)
    assert counting.shown(item) == 4
    counting.view(item)
    counting.flush()
    assert (counting.counter(item), counting.shown(item)) == (5, 5)


def test_a_batch_that_starts_while_a_base_is_read_makes_it_read_again(
    counting: Counting, item: int, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the batches and the writing of the base, views move: the base must not be the old one."""
    counting.view(item)
    redis.delete(views.BASE)
    rounds = []
    real = views.waiting_batches

    def slow(client: Redis) -> list[str]:
        found = real(client)
        if not rounds:
            rounds.append(1)
            views.start_batch(client)
        return found

    monkeypatch.setattr(views, "waiting_batches", slow)
    assert counting.shown(item) == 1
    monkeypatch.undo()
    counting.flush()
    assert (counting.counter(item), counting.shown(item)) == (1, 1)


def test_seeding_gives_up_when_views_never_stop_moving(
    counting: Counting, item: int, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = views.waiting_batches
    monkeypatch.setattr(views, "waiting_batches", lambda client: (real(client), client.incr(views.MOVES))[0])
    with pytest.raises(views.SeedingFailed):
        counting.seed(item)
    assert redis.hget(views.BASE, str(item)) is None


def test_seeding_leaves_a_base_that_is_there(counting: Counting, item: int, redis: Redis, made: Made) -> None:
    redis.hset(views.BASE, str(item), 41)
    counting.seed(item)
    assert counting.shown(item) == 41


def test_an_item_that_is_gone_harms_nothing(counting: Counting, item: int) -> None:
    assert counting.view(10**6, item) == [0, 0]
    counting.flush()
    assert counting.counter(item) == 1


def test_an_empty_buffer_makes_no_batch(counting: Counting, redis: Redis, engine: Engine) -> None:
    counting.flush()
    assert views.waiting_batches(redis) == []
    with Session(engine) as session:
        assert session.scalars(select(ViewBatch)).all() == []


def test_a_flush_does_not_touch_when_the_item_was_changed(counting: Counting, made: Made) -> None:
    row = made.item(made.page())
    counting.view(row.id)
    counting.flush()
    assert made.now_is(row).updated_at == row.updated_at


def test_without_redis_views_are_counted_in_the_database(engine: Engine, made: Made) -> None:
    page = made.page()
    first, second = made.item(page, counter=5), made.item(page)
    with Session(engine) as session:
        assert views.count_in_database(session, [first.id, second.id, 10**6], 1) == [5, 0, 0]
        assert views.count_in_database(session, [second.id, first.id], 0) == [1, 6]
        session.commit()
    assert made.now_is(first).updated_at == first.updated_at


def test_old_batch_ids_are_forgotten_and_newer_ones_kept(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(ViewBatch(id="old", views=1, applied_at=now() - views.BATCHES_KEPT * 1.01))
        session.add(ViewBatch(id="new", views=1, applied_at=now() - views.BATCHES_KEPT * 0.99))
        session.flush()
        views.forget_old_batches(session)
        assert session.scalars(select(ViewBatch.id)).all() == ["new"]


def test_two_flushers_at_once_add_each_batch_once(counting: Counting, made: Made, redis: Redis) -> None:
    page = made.page()
    items = [made.item(page).id for _ in range(5)]
    for _ in range(6):
        counting.view(*items)
        views.start_batch(redis)
    together = threading.Barrier(4)
    faults: list[BaseException] = []

    def flush() -> None:
        try:
            together.wait(30)
            counting.flush()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=flush) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert [counting.counter(item) for item in items] == [6] * 5
    assert [counting.shown(item) for item in items] == [6] * 5


def test_a_batch_id_is_as_long_as_its_column(redis: Redis) -> None:
    redis.hset(views.BUFFER, "1", 1)
    views.start_batch(redis)
    [batch] = views.waiting_batches(redis)
    assert len(batch) == len(secrets.token_hex(16)) == ViewBatch.__table__.columns["id"].type.length
