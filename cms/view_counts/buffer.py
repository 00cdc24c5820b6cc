"""Views are counted exactly: buffered in Redis, then moved to the database by :mod:`cms.view_counts.flush`.

Views by known bots and plays are counted in the same way, but separately: a view of item 7 in field ``7``, a view by a
bot in field ``-7``, and a play in field ``-(PLAYS + 7)``. (The previous release, which does not know plays, takes them
for views by bots of an item that does not exist, and skips them.)

Redis keys, all hashes from item id to number unless stated otherwise:

* ``views:buffer``: views that are not in a batch yet. Its field ``day`` is the day on which they were counted. Its
  field ``id`` is the id of the future batch, set with the first view, so that a buffer that a restored Redis brings
  back is recognised.
* ``views:batch:<id>``: a batch on its way to the database; ``views:batches`` is the set of their ids.
* ``views:base``: the counter in the database plus the batches on their way, so that base + buffer is the item's present
  counter. Missing items are seeded when they are first needed. Views by bots and plays need no base, since no response
  shows them.
* ``views:moves``: the epoch, a number that grows whenever views move from one of these hashes to another.

If Redis is down, views are added to the database at once. If the connection breaks before the answer arrives, the
count is in doubt: the database keeps it until Redis can tell whether it was counted.
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

#: The first field of each hash. It is long, so that Redis stores the hash as a hash table: it stores small hashes with
#: short fields as lists, and searches them from the start for each field.
TABLE = "this-is-a-hash-table-and-no-list-" * 2

#: What is added to an item's id for its plays. Ids are smaller, and both together fit into the database's integers.
PLAYS = 2**30

#: For how many seconds Redis remembers that a count was resolved: much longer than its database row can last.
RESOLVED_TTL = 30 * 86400

#: A Lua function for scripts that count. It adds a :class:`Count`.
LUA_COUNT = lua.load(__file__, "count", SECONDS=CLIENT_TTL, TABLE=TABLE, PLAYS=PLAYS)

_SEED = lua.load(__file__, "seed")
_RESOLVE = lua.load(__file__, "resolve", TABLE=TABLE)


class Count(StrEnum):
    """What a request adds to each of its items. ``NOTHING`` is falsy."""

    NOTHING = ""
    VIEW = "view"
    BOT_VIEW = "bot view"
    PLAY = "play"


class SeedingFailed(Exception):
    """Views kept moving while a counter's base was read. The caller counts in the database instead."""


def today(zone: ZoneInfo) -> date:
    """The day to which a view counted now belongs."""
    return datetime.now(zone).date()


def batch_key(batch: str) -> str:
    """The Redis key of a batch."""
    return f"views:batch:{batch}"


def waiting_batches(redis: Redis) -> list[str]:
    """The batches on their way to the database, including those that an interrupted flush left behind."""
    return sorted(_text(member) for member in redis.smembers(BATCHES))


def seed(session: Session, redis: Redis, items: Sequence[int]) -> None:
    """Set the base of items: the counter in the database plus what the batches on their way will add.

    The epoch is read before and after the database. If it has changed, the database is read again.

    Raises:
        SeedingFailed: the epoch changed every time.
        RedisError: Redis does not answer.
    """
    for _ in range(10):
        epoch = redis.get(EPOCH) or b"0"
        batches = waiting_batches(redis)
        counters: dict[int, int] = {}
        applied: set[str] = set()
        # One statement, so that counters and applied batches are of the same snapshot.
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
        # An item that was just deleted starts from 0. Its views will be dropped.
        seeds = [value for item in items for value in (item, counters.get(item, 0))]
        if redis.eval(_SEED, 2, BASE, EPOCH, epoch, TABLE, 0, *seeds):
            return
    raise SeedingFailed


def count_in_database(session: Session, items: Sequence[int], day: date, *, bots: bool = False) -> list[int]:
    """Add a view to each item in the database, and return the counters before that. For when Redis is down."""
    # Lock in id order, as flushes do, to avoid deadlocks.
    locked = (
        select(ContentItem.id, ContentItem.counter)
        .where(ContentItem.id.in_(items))
        .order_by(ContentItem.id)
        .with_for_update(key_share=True)
    )
    before = {row[0]: row[1] for row in session.execute(locked)}
    column, day_column = (ContentItem.bot_views, "bot_views") if bots else (ContentItem.counter, "count")
    counted = update(ContentItem).where(ContentItem.id.in_(before))
    session.execute(counted.values({column: column + 1, ContentItem.updated_at: ContentItem.updated_at}))
    add_to_days(session, as_json(dict.fromkeys(before, 1)), day, day_column)
    return [before.get(item, 0) for item in items]


def counters_in_database(session: Session, items: Sequence[int]) -> list[int]:
    """The counters in the database, without counting."""
    rows = session.execute(select(ContentItem.id, ContentItem.counter).where(ContentItem.id.in_(items)))
    counters = {row[0]: row[1] for row in rows}
    return [counters.get(item, 0) for item in items]


def resolve(session: Session, redis: Redis, day: date) -> int:
    """Resolve the in-doubt counts: what Redis has not counted is added to the buffer.

    The caller commits. This is idempotent: a second call adds nothing.

    Returns:
        how many of them Redis had not counted.
    """
    missed = 0
    for row in session.scalars(select(InDoubtCount).order_by(InDoubtCount.asked_at)).all():
        keys = (f"views:settled:{row.client_id}", client_key(row.client_id), BUFFER)
        missed += redis.eval(_RESOLVE, 3, *keys, RESOLVED_TTL, row.sequence, day.isoformat(), *row.items)
        session.execute(delete(InDoubtCount).where(InDoubtCount.client_id == row.client_id))
    return missed


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
