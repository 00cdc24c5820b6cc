"""From the buffer in Redis into the database: in batches, each added once. A few statements, however many views."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import cast

from redis import Redis
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cms import lua
from cms.database import now
from cms.view_counts.buffer import BASE, BATCHES, BUFFER, EPOCH, TABLE, batch_key
from cms.view_counts.days import add_to_days, as_json, with_pairs
from cms.view_counts.models import ViewBatch

#: How long the ids of added batches are kept, to recognise one that comes back with a restored Redis.
BATCHES_KEPT = timedelta(days=30)

#: The batch that was added last: a database that does not know it is an older one, brought back from a backup. Redis
#: forgets it before the database does.
LAST_BATCH, LAST_BATCH_SECONDS = "views:last batch", 29 * 86400

#: A Lua function: the buffer becomes a batch on its way.
LUA_CLOSE = lua.load(__file__, "close", BATCH=batch_key(""))
_START_BATCH = LUA_CLOSE + lua.load(__file__, "start_batch")

# In the order of their ids: whoever else changes several items waits for us, or we for them, and never both.
_LOCK = """
SELECT count(*) FROM (
  SELECT 1 FROM content_item JOIN ({pairs}) AS pair ON content_item.id = pair.item
  ORDER BY content_item.id FOR NO KEY UPDATE OF content_item
) AS locked
"""
_ADD = (
    "UPDATE content_item SET {column} = {column} + pair.views FROM ({pairs}) AS pair WHERE content_item.id = pair.item"
)


def is_of_another_database(session: Session, redis: Redis) -> bool:
    """Whether Redis has seen a batch committed that the database does not know."""
    last = cast("bytes | None", redis.get(LAST_BATCH))
    return last is not None and session.get(ViewBatch, last.decode()) is None


def start_batch(redis: Redis) -> None:
    """Close the buffer: what is in it becomes a batch on its way."""
    redis.eval(_START_BATCH, 4, BUFFER, BASE, BATCHES, EPOCH, secrets.token_hex(16))


def apply_batch(session: Session, redis: Redis, batch: str) -> int:
    """Add a batch to the totals and days and note its id in the same transaction; nothing if it is noted already.

    Returns:
        how many views were added, those of bots included.
    """
    fields = cast("dict[bytes, bytes]", redis.hgetall(batch_key(batch)))
    if not fields:
        return 0  # another flush has ended it
    day = (
        date.fromisoformat(fields.pop(b"day").decode()) if b"day" in fields else now().date()
    )  # (before days were kept)
    for name in (b"id", TABLE.encode()):
        fields.pop(name, None)
    numbers = {int(field): int(number) for field, number in fields.items()}
    views = {field: number for field, number in numbers.items() if field > 0}
    bot_views = {-field: number for field, number in numbers.items() if field < 0}
    total = sum(numbers.values())
    try:
        with session.begin_nested():
            session.execute(insert(ViewBatch).values(id=batch, views=total))
    except IntegrityError:
        return 0
    if session.get_bind().dialect.name == "postgresql":
        session.execute(with_pairs(session, _LOCK).bindparams(views=as_json(views | bot_views)))
    for column, added, bots in (("counter", views, False), ("bot_views", bot_views, True)):
        if added:
            pairs = as_json(added)
            session.execute(with_pairs(session, _ADD, column=column).bindparams(views=pairs))
            add_to_days(session, pairs, day, bots=bots)
    return total


def end_batch(redis: Redis, batch: str) -> None:
    """After the commit: the batch is in the counters, and its views may go."""
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.unlink(batch_key(batch))
        pipeline.srem(BATCHES, batch)
        pipeline.incr(EPOCH)
        pipeline.set(LAST_BATCH, batch, ex=LAST_BATCH_SECONDS)
        _, known, *_ = pipeline.execute()
    if not known:  # Redis was emptied meanwhile: bases that were read since then may be without these views
        redis.delete(BASE)


def forget_old_batches(session: Session) -> None:
    """Drop the ids of batches that were added long ago."""
    session.execute(delete(ViewBatch).where(ViewBatch.applied_at < now() - BATCHES_KEPT))
