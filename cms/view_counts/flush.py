"""Moves views from Redis to the database in batches. Each is added once, by a few statements, however many views."""

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
from cms.view_counts.buffer import BASE, BATCHES, BUFFER, EPOCH, PLAYS, TABLE, batch_key
from cms.view_counts.days import add_to_days, as_json, with_pairs
from cms.view_counts.models import ViewBatch

#: How long the ids of added batches are kept, to recognise batches that a restored Redis brings back.
BATCHES_KEPT = timedelta(days=30)

#: The batch that was added last. A database that lacks it is an older one, restored from a backup. Redis forgets it
#: before the database does.
LAST_BATCH, LAST_BATCH_SECONDS = "views:last batch", 29 * 86400

#: A Lua function that turns the buffer into a batch.
LUA_CLOSE = lua.load(__file__, "close", BATCH=batch_key(""))
_START_BATCH = LUA_CLOSE + lua.load(__file__, "start_batch")

# Lock in id order to avoid deadlocks with other transactions that change several items.
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
    """Whether the database does not know the batch that Redis last saw committed."""
    last = cast("bytes | None", redis.get(LAST_BATCH))
    return last is not None and session.get(ViewBatch, last.decode()) is None


def start_batch(redis: Redis) -> None:
    """Turn the buffer into a batch."""
    redis.eval(_START_BATCH, 4, BUFFER, BASE, BATCHES, EPOCH, secrets.token_hex(16))


def apply_batch(session: Session, redis: Redis, batch: str) -> int:
    """Add a batch to totals and days, and its id to the known batches, in one transaction. Known ids are skipped.

    Returns:
        how many views and plays were added, including views by bots.
    """
    fields = cast("dict[bytes, bytes]", redis.hgetall(batch_key(batch)))
    if not fields:
        return 0  # another flush has finished it
    day = (
        date.fromisoformat(fields.pop(b"day").decode()) if b"day" in fields else now().date()
    )  # (from a release that did not keep days)
    for name in (b"id", TABLE.encode()):
        fields.pop(name, None)
    numbers = {int(field): int(number) for field, number in fields.items()}
    views = {field: number for field, number in numbers.items() if field > 0}
    bot_views = {-field: number for field, number in numbers.items() if -PLAYS < field < 0}
    plays = {-field - PLAYS: number for field, number in numbers.items() if field < -PLAYS}
    total = sum(numbers.values())
    try:
        with session.begin_nested():
            session.execute(insert(ViewBatch).values(id=batch, views=total))
    except IntegrityError:
        return 0
    if session.get_bind().dialect.name == "postgresql":
        session.execute(with_pairs(session, _LOCK).bindparams(views=as_json(views | bot_views | plays)))
    for column, day_column, added in (
        ("counter", "count", views),
        ("bot_views", "bot_views", bot_views),
        ("plays", "plays", plays),
    ):
        if added:
            pairs = as_json(added)
            session.execute(with_pairs(session, _ADD, column=column).bindparams(views=pairs))
            add_to_days(session, pairs, day, day_column)
    return total


def end_batch(redis: Redis, batch: str) -> None:
    """Remove a batch from Redis, after its commit."""
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.unlink(batch_key(batch))
        pipeline.srem(BATCHES, batch)
        pipeline.incr(EPOCH)
        pipeline.set(LAST_BATCH, batch, ex=LAST_BATCH_SECONDS)
        _, known, *_ = pipeline.execute()
    if not known:  # Redis was emptied meanwhile: bases that were read since then may lack these views
        redis.delete(BASE)


def forget_old_batches(session: Session) -> None:
    """Delete the ids of batches that were added long ago."""
    session.execute(delete(ViewBatch).where(ViewBatch.applied_at < now() - BATCHES_KEPT))
