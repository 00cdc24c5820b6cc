"""Views by people and bots, and plays, counted, batched, added, dropped and seeded in any order: all sums are right."""

from __future__ import annotations

import random

import pytest
from redis import Redis
from sqlalchemy import Engine

from cms.view_counts import buffer, flush
from cms.view_counts.buffer import Count
from tests.factories import Factory
from tests.view_counts.counting import Counting

STEPS = [
    *(
        "view",
        "view",
        "view",
        "view",
        "bot",
        "bot",
        "play",
        "play",
        "start",
        "apply",
        "apply",
        "die",
        "end",
        "seed",
        "wipe",
    ),
    *("database", "bot in database", "show"),
]


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(12))
def test_any_interleaving_is_exact(engine: Engine, redis: Redis, factory: Factory, seed: int) -> None:
    """Two web processes and two flushers take random turns. Any of them may die at any point."""
    chance = random.Random(seed)
    counting = Counting(engine, redis)
    page = factory.page()
    items = [factory.item(page, counter=chance.randrange(3)).id for _ in range(3)]
    true = {item: counting.counter(item) for item in items}
    first, by_bots, plays = dict(true), dict.fromkeys(items, 0), dict.fromkeys(items, 0)
    applied: set[str] = set()
    for number in range(60):
        step, item = chance.choice(STEPS), chance.choice(items)
        batches = buffer.waiting_batches(redis)
        match step:
            case "view":
                assert counting.view(item) == [true[item]], f"step {number}"
                true[item] += 1
            case "bot":
                assert counting.view(item, count=Count.BOT_VIEW) == [true[item]], f"step {number}"
                by_bots[item] += 1
            case "play":
                assert counting.view(item, count=Count.PLAY) == [true[item]], f"step {number}"
                plays[item] += 1
            case "show":
                assert counting.shown(item) == true[item], f"step {number}"
                found = counting.added_up(item)
                assert found.total == (true[item], plays[item], by_bots[item]), f"step {number}"
                assert found.flushed.views == first[item] + sum(day.views for day in found.days), f"step {number}"
            case "start":
                flush.start_batch(redis)
            case "apply" if batches:
                applied.add(batch := chance.choice(batches))
                counting.apply(batch)
            case "die" if batches:
                counting.apply(chance.choice(batches), commit=False)
            case "end" if ready := sorted(applied & set(batches)):
                flush.end_batch(redis, chance.choice(ready))
            case "seed":
                counting.seed(*items)
            case "wipe" | "database" | "bot in database":
                # A web process lost Redis: it may count in the database, and trusts no base when it comes back.
                if step == "database":
                    counting.count_in_database(item)
                    true[item] += 1
                elif step == "bot in database":
                    counting.count_in_database(item, bots=True)
                    by_bots[item] += 1
                redis.delete(buffer.BASE)
                redis.incr(buffer.EPOCH)
    assert counting.view(*items, count=Count.NOTHING) == [true[item] for item in items]
    counting.flush()
    assert {item: counting.counter(item) for item in items} == true
    assert {item: sum(counting.days(item).values()) for item in items} == {i: true[i] - first[i] for i in items}
    assert {item: counting.bot_views(item) for item in items} == by_bots
    assert {item: sum(counting.bot_days(item).values()) for item in items} == by_bots
    assert {item: counting.plays(item) for item in items} == plays
    assert {item: sum(counting.play_days(item).values()) for item in items} == plays
    assert counting.view(*items, count=Count.NOTHING) == [true[item] for item in items]
