"""Views are exact: counted once, even if the answer of Redis was lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.view_counts import buffer, counting_client, flush
from cms.view_counts.buffer import Count
from cms.view_counts.counting_client import CountingClient, InDoubt, client_key
from cms.view_counts.models import InDoubtCount
from tests.factories import Factory
from tests.view_counts.counting import COUNT, TODAY, Counting

pytestmark = pytest.mark.both_databases


@pytest.fixture
def counting(engine: Engine, redis: Redis) -> Counting:
    return Counting(engine, redis)


@pytest.fixture
def item(factory: Factory) -> int:
    return factory.item(factory.page()).id


def test_the_nth_view_shows_n_minus_one(counting: Counting, item: int) -> None:
    assert [counting.view(item)[0] for _ in range(5)] == [0, 1, 2, 3, 4]
    assert counting.shown(item) == 5
    assert counting.counter(item) == 0, "the database learns of it at the flush"


def test_counting_starts_from_the_database(counting: Counting, factory: Factory) -> None:
    item = factory.item(factory.page(), counter=2**40).id
    assert counting.view(item) == [2**40]
    counting.flush()
    assert counting.counter(item) == 2**40 + 1


def test_several_items_are_counted_together(counting: Counting, factory: Factory) -> None:
    page = factory.page()
    items = [factory.item(page, counter=number).id for number in range(3)]
    assert counting.view(*items) == [0, 1, 2]
    assert counting.view(items[2], items[0]) == [3, 1]
    counting.flush()
    assert [counting.counter(item) for item in items] == [2, 2, 4]


def test_thousands_of_items_are_counted_in_one_go(counting: Counting, redis: Redis) -> None:
    items = list(range(1, 5001))
    redis.hset(buffer.BASE, mapping={str(item): item for item in items})
    assert counting.view(*items) == items
    assert counting.view(*items) == [item + 1 for item in items]


def test_nothing_is_counted_when_one_base_is_missing(counting: Counting, item: int, factory: Factory) -> None:
    counting.view(item)
    other = factory.item(factory.page()).id
    assert counting.ask(item, other) == [b"unseeded"]
    assert counting.shown(item) == 1


@pytest.mark.parametrize("applied", [False, True])
def test_a_base_that_is_read_while_a_batch_is_on_its_way_counts_it_once(
    counting: Counting, item: int, redis: Redis, applied: bool
) -> None:
    for _ in range(4):
        counting.view(item)
    flush.start_batch(redis)
    [batch] = buffer.waiting_batches(redis)
    if applied:
        counting.apply(batch)
    redis.delete(buffer.BASE)
    assert counting.shown(item) == 4
    counting.view(item)
    counting.flush()
    assert (counting.counter(item), counting.shown(item)) == (5, 5)


def test_a_batch_that_starts_while_a_base_is_read_makes_it_read_again(
    counting: Counting, item: int, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Views move between reading the batches and writing the base: an outdated base must not be written."""
    counting.view(item)
    redis.delete(buffer.BASE)
    rounds = []
    real = buffer.waiting_batches

    def slow(client: Redis) -> list[str]:
        found = real(client)
        if not rounds:
            rounds.append(1)
            flush.start_batch(client)
        return found

    monkeypatch.setattr(buffer, "waiting_batches", slow)
    assert counting.shown(item) == 1
    monkeypatch.undo()
    counting.flush()
    assert (counting.counter(item), counting.shown(item)) == (1, 1)


def test_seeding_gives_up_when_views_never_stop_moving(
    counting: Counting, item: int, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = buffer.waiting_batches
    monkeypatch.setattr(buffer, "waiting_batches", lambda client: (real(client), client.incr(buffer.EPOCH))[0])
    with pytest.raises(buffer.SeedingFailed):
        counting.seed(item)
    assert redis.hget(buffer.BASE, str(item)) is None


def test_seeding_leaves_a_base_that_is_there(counting: Counting, item: int, redis: Redis, factory: Factory) -> None:
    redis.hset(buffer.BASE, str(item), 41)
    counting.seed(item)
    assert counting.shown(item) == 41


def test_an_item_that_is_gone_harms_nothing(counting: Counting, item: int) -> None:
    assert counting.view(10**6, item) == [0, 0]
    counting.flush()
    assert counting.counter(item) == 1


def test_without_redis_views_are_counted_in_the_database(counting: Counting, factory: Factory) -> None:
    page = factory.page()
    first, second = factory.item(page), factory.item(page)
    assert counting.count_in_database(first.id, second.id, 10**6) == [0, 0, 0]
    assert counting.count_in_database(first.id) == [1]
    with Session(counting.engine) as session:
        assert buffer.counters_in_database(session, [second.id, first.id, 10**6]) == [1, 2, 0]
    assert counting.days(first.id) == {TODAY: 2}
    assert factory.reload(first).updated_at == first.updated_at


class Broken(Counting):
    """A web process whose connection breaks while it waits for an answer, before or after Redis counted."""

    def lose_answer(self, *items: int, counted: bool, count: Count = Count.VIEW) -> None:
        """Count, get no answer, and record the count as in doubt, as a response does."""
        assert self.view(*items, count=Count.NOTHING)
        connection = self.client._connection
        if counted:
            real = connection.read_response
            connection.read_response = lambda: (real(), connection.disconnect(), _broken())
        else:
            connection.send_command = lambda *_: None
            connection.read_response = lambda: (connection.disconnect(), _broken())
        with pytest.raises(InDoubt) as lost:
            self.ask(*items, count=count)
        with Session(self.engine) as session:
            client_id, sequence = lost.value.client_id, lost.value.sequence
            fields = [-item if count is Count.BOT_VIEW else item for item in items]
            session.add(InDoubtCount(client_id=client_id, sequence=sequence, items=fields))
            session.commit()
        self.client = CountingClient(self.redis.connection_pool)


def _broken() -> None:
    raise RedisConnectionError("broken")


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("replays", [0, 1])
@pytest.mark.parametrize("count", [Count.VIEW, Count.BOT_VIEW])
def test_a_count_in_doubt_is_counted_once(
    engine: Engine, redis: Redis, item: int, counted: bool, replays: int, count: Count
) -> None:
    counting = Broken(engine, redis)
    counting.view(item, count=count)
    counting.lose_answer(item, counted=counted, count=count)
    for _ in range(replays):
        counting.resolve(commit=False)
    assert counting.resolve() == (0 if counted or replays else 1)
    assert counting.resolve() == 0
    assert counting.shown(item) == (2 if count is Count.VIEW else 0)
    counting.flush()
    if count is Count.VIEW:
        assert (counting.counter(item), counting.days(item), counting.bot_views(item)) == (2, {TODAY: 2}, 0)
    else:
        assert (counting.bot_views(item), counting.bot_days(item), counting.counter(item)) == (2, {TODAY: 2}, 0)


def test_a_count_that_could_not_be_sent_is_not_in_doubt(counting: Counting, item: int) -> None:
    counting.view(item)
    counting.client._connection.send_command = lambda *_: _broken()
    with pytest.raises(RedisError) as error:
        counting.ask(item)
    assert not isinstance(error.value, InDoubt)


def test_a_count_that_arrives_after_it_was_resolved_counts_nothing(engine: Engine, redis: Redis, item: int) -> None:
    """Redis was only slow: the request is still on its way."""
    counting = Broken(engine, redis)
    late = counting.client
    counting.lose_answer(item, counted=False)
    assert counting.resolve() == 1
    assert not redis.exists(client_key(late._id))
    assert redis.eval(COUNT, 3, buffer.BASE, buffer.BUFFER, client_key(late._id), str(TODAY), "", item, 1) == [
        b"unknown client"
    ]
    assert counting.shown(item) == 1


def test_clients_register_again_with_a_wiped_redis(counting: Counting, item: int, redis: Redis) -> None:
    counting.view(item)
    redis.flushall()
    assert [counting.view(item) for _ in range(2)] == [[0], [1]]


def test_a_refused_question_has_counted_nothing(counting: Counting, item: int, redis: Redis) -> None:
    counting.view(item)
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(RedisError) as refused:
            counting.ask(item)
    finally:
        redis.config_set("maxmemory", 0)
    assert not isinstance(refused.value, InDoubt)
    assert counting.shown(item) == 1


def test_a_connection_that_was_closed_while_idle_is_no_doubt(
    counting: Counting, item: int, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting_client, "IDLE_SECONDS", 0)
    counting.view(item)
    redis.client_kill_filter(_type="normal", skipme=True)
    assert counting.view(item) == [1]


def test_views_of_the_next_day_begin_a_batch_of_their_own(counting: Counting, item: int) -> None:
    tomorrow = TODAY + timedelta(days=1)
    for day in (TODAY, TODAY, tomorrow):
        counting.view(item, day=day)
    assert counting.view(item, count=Count.NOTHING, day=tomorrow) == [3]
    counting.flush()
    assert counting.days(item) == {TODAY: 2, tomorrow: 1}
    assert counting.counter(item) == 3


def test_many_items_are_counted_at_once_in_hash_tables(engine: Engine, redis: Redis, factory: Factory) -> None:
    """More items than Lua can unpack at once. In Redis's list encoding each lookup would scan from the start."""
    page = factory.page()
    few = [factory.item(page).id for _ in range(3)]
    counting = Counting(engine, redis)
    assert counting.view(*few) == [0, 0, 0]
    assert {redis.object("ENCODING", key) for key in (buffer.BASE, buffer.BUFFER)} == {b"hashtable"}
    many = [*few, *range(10**6, 10**6 + 2500)]
    assert counting.view(*many) == [1, 1, 1] + [0] * 2500
    assert counting.view(*many) == [2, 2, 2] + [1] * 2500
    counting.flush()
    assert [counting.counter(item) for item in few] == [3, 3, 3]
    assert counting.view(*few, count=Count.NOTHING) == [3, 3, 3]
