"""Views, counted exactly: buffered in Redis, added to the database in batches, each batch once.

In Redis, all hashes from item id to number:

* ``views:buffer``: views that no batch holds yet;
* ``views:batch:<id>``: a batch on its way; ``views:batches`` is the set of their ids;
* ``views:base``: the counter in the database plus what is in batches on their way, so that
  base + buffer is the item's counter at this moment. Missing items are seeded when they are first needed.
* ``views:moves``: a number that grows whenever views move from one place to another.

If Redis is away, views are added to the database at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from redis import Redis
from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cms.models import ContentItem, ViewBatch, now

BUFFER, BASE, BATCHES, MOVES = "views:buffer", "views:base", "views:batches", "views:moves"

#: How long the ids of added batches are kept, to recognise one that comes back with a restored Redis.
BATCHES_KEPT = timedelta(days=30)

#: A Lua function for scripts that count: adds ``views`` to each item and returns the counters as they were
#: before, or false, having counted nothing, if an item has no base yet.
LUA_COUNT = """
local function count(base, buffer, items, views)
  local known = {}
  for first = 1, #items, 1000 do  -- Lua unpacks a few thousand values at the most
    local part = redis.call('HMGET', base, unpack(items, first, math.min(first + 999, #items)))
    for _, value in ipairs(part) do
      if not value then return false end
      known[#known + 1] = tonumber(value)
    end
  end
  local before = {}
  for i, item in ipairs(items) do
    local buffered
    if views > 0 then
      buffered = redis.call('HINCRBY', buffer, item, views) - views
    else
      buffered = tonumber(redis.call('HGET', buffer, item) or 0)
    end
    before[i] = known[i] + buffered
  end
  return before
end
"""

_SEED = """
-- KEYS: base, moves. ARGV: the moves seen before reading the database, then item and counter in turn.
if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
"""

_START_BATCH = """
-- KEYS: buffer, base, batches, moves, the batch. ARGV: the batch's id.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('RENAME', KEYS[1], KEYS[5])
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('INCR', KEYS[4])
local views = redis.call('HGETALL', KEYS[5])
for i = 1, #views, 2 do
  if redis.call('HEXISTS', KEYS[2], views[i]) == 1 then redis.call('HINCRBY', KEYS[2], views[i], views[i + 1]) end
end
return 1
"""


class SeedingFailed(Exception):
    """Views kept moving while a counter's base was read; the caller counts in the database instead."""


def batch_key(batch: str) -> str:
    """Where the views of a batch on its way lie."""
    return f"views:batch:{batch}"


def seed(session: Session, redis: Redis, items: Sequence[int]) -> None:
    """Give items their base: the counter in the database plus what batches on their way will add.

    The database is read between two looks at ``views:moves``; if views moved meanwhile, it is read again.

    Raises:
        SeedingFailed: they moved each time.
        RedisError: Redis is away.
    """
    for _ in range(10):
        moves = redis.get(MOVES) or b"0"
        batches = waiting_batches(redis)
        counters: dict[int, int] = {}
        applied: set[str] = set()
        # One statement, so that counters and applied batches are of one moment.
        rows = select(ContentItem.id, ContentItem.counter, ViewBatch.id).outerjoin(ViewBatch, ViewBatch.id.in_(batches))
        for item, counter, batch in session.execute(rows.where(ContentItem.id.in_(items))):
            counters[item] = counter
            applied.add(batch)
        for batch in batches:
            if batch not in applied and counters:
                waiting = redis.hmget(batch_key(batch), [str(item) for item in counters])
                counters = {
                    item: n + int(views or 0) for (item, n), views in zip(counters.items(), waiting, strict=True)
                }
        # An item that was deleted this moment counts from nothing; its views have nowhere to go.
        seeds = [value for item in items for value in (item, counters.get(item, 0))]
        if redis.eval(_SEED, 2, BASE, MOVES, moves, *seeds):
            return
    raise SeedingFailed


def count_in_database(session: Session, items: Sequence[int], views: int) -> list[int]:
    """Add ``views`` to each item in the database, and return the counters as they were: for when Redis is away."""
    chosen = ContentItem.id.in_(items)
    if views:
        counted = (
            update(ContentItem)
            .where(chosen)
            .values(counter=ContentItem.counter + views, updated_at=ContentItem.updated_at)
        )
        rows = session.execute(counted.returning(ContentItem.id, ContentItem.counter - views)).all()
    else:
        rows = session.execute(select(ContentItem.id, ContentItem.counter).where(chosen)).all()
    before = {row[0]: row[1] for row in rows}
    return [before.get(item, 0) for item in items]


def start_batch(redis: Redis) -> None:
    """Close the buffer: what is in it becomes a batch on its way."""
    batch = secrets.token_hex(16)
    redis.eval(_START_BATCH, 5, BUFFER, BASE, BATCHES, MOVES, batch_key(batch), batch)


def waiting_batches(redis: Redis) -> list[str]:
    """The batches on their way, also those that a flush that died left behind."""
    return sorted(_text(member) for member in redis.smembers(BATCHES))


def apply_batch(session: Session, redis: Redis, batch: str) -> int:
    """Add a batch to the counters and note its id in the same transaction; nothing if its id is noted already.

    Returns:
        how many views were added.
    """
    views = {int(item): int(number) for item, number in redis.hgetall(batch_key(batch)).items()}
    total = sum(views.values())
    try:
        with session.begin_nested():
            session.execute(insert(ViewBatch).values(id=batch, views=total))
    except IntegrityError:
        return 0
    if views:
        table = cast(Table, ContentItem.__table__)
        added = update(table).where(table.c.id == bindparam("item"))
        added = added.values(counter=table.c.counter + bindparam("views"), updated_at=table.c.updated_at)
        # In the order of their ids: two flushes at once wait for each other and never both.
        session.connection().execute(added, [{"item": item, "views": views[item]} for item in sorted(views)])
    return total


def end_batch(redis: Redis, batch: str) -> None:
    """After the commit: the batch is in the counters, and its views may go."""
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.delete(batch_key(batch))
        pipeline.srem(BATCHES, batch)
        pipeline.incr(MOVES)
        pipeline.execute()


def forget_old_batches(session: Session) -> None:
    """Drop the ids of batches that were added long ago."""
    session.execute(delete(ViewBatch).where(ViewBatch.applied_at < now() - BATCHES_KEPT))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
