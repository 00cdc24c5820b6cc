"""Views, counted exactly: buffered in Redis, from where :mod:`cms.view_counts.flush` brings them into the database.

Views by known bots are counted in the same way and apart from the others: those of item 7 lie under ``-7``, all others
under ``7``. (The release before, which knows no bots, skips ids below zero: there are no such items.)

In Redis, all hashes from item id to number:

* ``views:buffer``: views that no batch holds yet; its field ``day`` is the day on which they were counted, its field
  ``id`` what it will be called as a batch: from its first view on, so that it is known if Redis comes back with it;
* ``views:batch:<id>``: a batch on its way; ``views:batches`` is the set of their ids;
* ``views:base``: the counter in the database plus what is in batches on their way, so that
  base + buffer is the item's counter at this moment. Missing items are seeded when they are first needed. Views by
  bots need no base, since no response shows them.
* ``views:moves``: the epoch, a number that grows whenever views move from one of these hashes to another.

If Redis is away, views are added to the database at once. If the connection breaks before the answer is there, the
count is in doubt: the database keeps it until Redis can tell whether it had counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from redis import Redis
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cms import lua
from cms.pages.models import ContentItem
from cms.view_counts.counting_client import CLIENT_TTL, client_key
from cms.view_counts.days import add_to_days, as_json
from cms.view_counts.models import InDoubtCount, ViewBatch

BUFFER, BASE, BATCHES, EPOCH = "views:buffer", "views:base", "views:batches", "views:moves"

#: A field that is in hashes from their beginning on: Redis keeps small hashes with short fields as lists, which it
#: searches from the start for each field, and all others as real hash tables.
TABLE = "this-is-a-hash-table-and-no-list-" * 2

#: Seconds that Redis remembers that a count was resolved: much longer than its row in the database can live on.
RESOLVED_TTL = 30 * 86400

#: A Lua function for scripts that count; what it adds is a :class:`Count`.
LUA_COUNT = lua.load(__file__, "count", SECONDS=CLIENT_TTL, TABLE=TABLE)

_SEED = lua.load(__file__, "seed")
_RESOLVE = lua.load(__file__, "resolve", TABLE=TABLE)


class Count(StrEnum):
    """What a response adds to each item that it shows; falsy for nothing."""

    NOTHING = ""
    VIEW = "view"
    BOT_VIEW = "bot view"


class SeedingFailed(Exception):
    """Views kept moving while a counter's base was read; the caller counts in the database instead."""


def today(zone: ZoneInfo) -> date:
    """The day to which a view of this moment belongs."""
    return datetime.now(zone).date()


def batch_key(batch: str) -> str:
    """Where the views of a batch on its way lie."""
    return f"views:batch:{batch}"


def waiting_batches(redis: Redis) -> list[str]:
    """The batches on their way, also those that a flush that died left behind."""
    return sorted(_text(member) for member in redis.smembers(BATCHES))


def seed(session: Session, redis: Redis, items: Sequence[int]) -> None:
    """Give items their base: the counter in the database plus what batches on their way will add.

    The database is read between two looks at the epoch; if that has changed, it is read again.

    Raises:
        SeedingFailed: they moved each time.
        RedisError: Redis is away.
    """
    for _ in range(10):
        epoch = redis.get(EPOCH) or b"0"
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
        if redis.eval(_SEED, 2, BASE, EPOCH, epoch, TABLE, 0, *seeds):
            return
    raise SeedingFailed


def count_in_database(session: Session, items: Sequence[int], day: date, *, bots: bool = False) -> list[int]:
    """Add a view to each item in the database, and return the counters as they were: for when Redis is away."""
    # In the order of their ids, as flushes do: writers wait for each other and never both.
    locked = (
        select(ContentItem.id, ContentItem.counter)
        .where(ContentItem.id.in_(items))
        .order_by(ContentItem.id)
        .with_for_update(key_share=True)
    )
    before = {row[0]: row[1] for row in session.execute(locked)}
    column = ContentItem.bot_views if bots else ContentItem.counter
    counted = update(ContentItem).where(ContentItem.id.in_(before))
    session.execute(counted.values({column: column + 1, ContentItem.updated_at: ContentItem.updated_at}))
    add_to_days(session, as_json(dict.fromkeys(before, 1)), day, bots=bots)
    return [before.get(item, 0) for item in items]


def counters_in_database(session: Session, items: Sequence[int]) -> list[int]:
    """The counters in the database, counting nothing."""
    rows = session.execute(select(ContentItem.id, ContentItem.counter).where(ContentItem.id.in_(items)))
    counters = {row[0]: row[1] for row in rows}
    return [counters.get(item, 0) for item in items]


def resolve(session: Session, redis: Redis, day: date) -> int:
    """Resolve the counts in doubt: what Redis had not counted goes into the buffer.

    The caller commits. Done twice, for whatever reason, it adds nothing the second time.

    Returns:
        how many of them had not been counted.
    """
    missed = 0
    for row in session.scalars(select(InDoubtCount).order_by(InDoubtCount.asked_at)).all():
        keys = (f"views:settled:{row.client_id}", client_key(row.client_id), BUFFER)
        missed += redis.eval(_RESOLVE, 3, *keys, RESOLVED_TTL, row.sequence, day.isoformat(), *row.items)
        session.execute(delete(InDoubtCount).where(InDoubtCount.client_id == row.client_id))
    return missed


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
