"""Why an item's counters are what they are: where each view is at one instant, so that all of it adds up.

Redis is read by one script: what is buffered, and what the batches on their way have. Then the database is read by one
statement: the counters, their days, and which of these batches it has already. If views have moved in Redis meanwhile,
which the epoch tells, both are read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from redis import Redis, RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms import lua
from cms.database import Transactions, now
from cms.pages.models import ContentItem
from cms.view_counts.buffer import BATCHES, BUFFER, EPOCH, PLAYS, batch_key
from cms.view_counts.days import Day
from cms.view_counts.models import DayViews, InDoubtCount, ViewBatch

_READ = lua.load(__file__, "read", BATCH=batch_key(""))
#: How often both are read again, at most.
_TRIES = 10


class Counts(NamedTuple):
    """What was counted of an item, of each sort."""

    views: int = 0
    plays: int = 0
    bot_views: int = 0

    def plus(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def less(self, other: Counts) -> Counts:
        """What remains without the other's."""
        return Counts(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))


@dataclass(frozen=True)
class AddedUp:
    """Where the views of an item are.

    ``flushed`` is what the database has, the sum of ``days``. ``moving`` is in batches on their way there. ``buffered``
    is in no batch yet. Both are ``None`` if Redis does not answer, or if views kept moving while it was read.
    ``in_doubt`` is of how many requests it is not known yet whether Redis has counted them.
    """

    read_at: datetime
    days: list[Day]
    flushed: Counts
    moving: Counts | None
    buffered: Counts | None
    in_doubt: int

    @property
    def total(self) -> Counts:
        """What visitors see: everything together."""
        return self.flushed.plus(self.moving or Counts()).plus(self.buffered or Counts())


def add_up(transaction: Transactions, redis: Redis, item: int) -> AddedUp | None:
    """Where the views of an item are; ``None`` if there is no such item.

    Args:
        transaction: opens a transaction. The database has to be read after Redis: a view that had left Redis before
            would be missing in a snapshot from before that.
        redis: where views are counted.
        item: its id.
    """
    for _ in range(_TRIES):
        try:
            epoch, buffered, batches = _in_redis(redis, item)
            read_at = now()
            with transaction() as session:
                found = _in_database(session, item, list(batches))
                in_doubt = _in_doubt(session, item)
            has_moved = (redis.get(EPOCH) or b"0") != epoch
        except RedisError:
            break
        if found is None:
            return None
        if not has_moved:
            flushed, days, applied = found
            moving = Counts()
            for batch, counts in batches.items():
                if batch not in applied:
                    moving = moving.plus(counts)
            return AddedUp(read_at, days, flushed, moving, buffered, in_doubt)
    with transaction() as session:
        found = _in_database(session, item, [])
        return found and AddedUp(now(), found[1], found[0], None, None, _in_doubt(session, item))


def _in_redis(redis: Redis, item: int) -> tuple[bytes, Counts, dict[str, Counts]]:
    """The epoch, what is buffered, and what each batch has."""
    fields = (item, -(PLAYS + item), -item)
    answer: Any = redis.eval(_READ, 3, BUFFER, BATCHES, EPOCH, *fields)
    epoch, buffered, batches = answer
    return epoch, _counts(buffered), {id_.decode(): _counts(values) for id_, values in batches}


def _counts(values: list[bytes | None]) -> Counts:
    return Counts(*(int(value or 0) for value in values))


def _in_database(session: Session, item: int, batches: list[str]) -> tuple[Counts, list[Day], set[str]] | None:
    """The counters, their days, the latest first, and those of the batches that are in them: all of one snapshot."""
    totals = (ContentItem.counter, ContentItem.plays, ContentItem.bot_views)
    of_a_day = (DayViews.day, DayViews.count, DayViews.plays, DayViews.bot_views)
    rows = (
        select(ViewBatch.id, *totals, *of_a_day)
        .select_from(ContentItem)
        .outerjoin(DayViews, DayViews.item_id == ContentItem.id)
        .outerjoin(ViewBatch, ViewBatch.id.in_(batches))
        .where(ContentItem.id == item)
        .order_by(DayViews.day.desc())
    )
    applied: set[str] = set()
    days: dict[Any, Day] = {}
    flushed = None
    for batch, views, plays, bot_views, day, *numbers in session.execute(rows):
        flushed = Counts(views, plays, bot_views)
        applied.add(batch)
        if day is not None:
            days[day] = Day(day, *numbers)
    return None if flushed is None else (flushed, list(days.values()), applied)


def _in_doubt(session: Session, item: int) -> int:
    """How many counts of an item are in doubt. There are only few, and only after Redis was away."""
    found = session.scalars(select(InDoubtCount.items))
    return sum(item in map(abs, items) for items in found)
