"""The steps of web processes and flushes, for the tests of counting."""

from __future__ import annotations

from datetime import date

from redis import Redis
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from cms.pages.models import ContentItem
from cms.view_counts import buffer, days, flush
from cms.view_counts.adding_up import AddedUp, add_up
from cms.view_counts.buffer import Count
from cms.view_counts.counting_client import CountingClient
from cms.view_counts.models import DayViews

TODAY = date(2026, 2, 28)

COUNT = (
    buffer.LUA_COUNT
    + """
local items = {unpack(ARGV, 3, #ARGV - 1)}
local before, why = count(KEYS[1], KEYS[2], KEYS[3], items, ARGV[1], ARGV[2], ARGV[#ARGV])
if not before then return {why} end
return {'counted', before}
"""
)


class Counting:
    """A web process, and flushes."""

    def __init__(self, engine: Engine, redis: Redis) -> None:
        self.engine, self.redis = engine, redis
        self.client = CountingClient(redis.connection_pool)
        self._script = redis.register_script(COUNT)

    def view(self, *items: int, count: Count = Count.VIEW, day: date = TODAY) -> list[int]:
        """Count as a response does, and return the counters from before."""
        while True:
            match self.ask(*items, count=count, day=day):
                case [b"counted", before]:
                    return list(before)
                case [b"unseeded"]:
                    self.seed(*items)
                case [b"other day"]:
                    flush.start_batch(self.redis)

    def ask(self, *items: int, count: Count = Count.VIEW, day: date = TODAY) -> object:
        """Send one request to Redis, and return its raw answer."""
        arguments = (day.isoformat(), count, *items)
        return self.client.run(self._script, (buffer.BASE, buffer.BUFFER), arguments, counts=bool(count))

    def seed(self, *items: int) -> None:
        with Session(self.engine) as session:
            buffer.seed(session, self.redis, items)

    def apply(self, batch: str, *, commit: bool = True) -> int:
        with Session(self.engine) as session:
            added = flush.apply_batch(session, self.redis, batch)
            session.commit() if commit else session.rollback()
            return added

    def flush(self) -> None:
        flush.start_batch(self.redis)
        for batch in buffer.waiting_batches(self.redis):
            self.apply(batch)
            flush.end_batch(self.redis, batch)

    def resolve(self, *, commit: bool = True) -> int:
        with Session(self.engine) as session:
            missed = buffer.resolve(session, self.redis, TODAY)
            session.commit() if commit else session.rollback()
            return missed

    def count_in_database(self, *items: int, bots: bool = False) -> list[int]:
        with Session(self.engine) as session:
            before = buffer.count_in_database(session, items, TODAY, bots=bots)
            session.commit()
            return before

    def counter(self, item: int) -> int:
        with Session(self.engine) as session:
            return session.scalars(select(ContentItem.counter).where(ContentItem.id == item)).one()

    def plays(self, item: int) -> int:
        with Session(self.engine) as session:
            return session.scalars(select(ContentItem.plays).where(ContentItem.id == item)).one()

    def bot_views(self, item: int) -> int:
        with Session(self.engine) as session:
            return session.scalars(select(ContentItem.bot_views).where(ContentItem.id == item)).one()

    def days(self, item: int) -> dict[date, int]:
        with Session(self.engine) as session:
            rows = session.execute(select(DayViews.day, DayViews.count).where(DayViews.item_id == item))
            return dict(rows.tuples().all())

    def bot_days(self, item: int) -> dict[date, int]:
        with Session(self.engine) as session:
            rows = session.execute(select(DayViews.day, DayViews.bot_views).where(DayViews.item_id == item))
            return dict(rows.tuples().all())

    def play_days(self, item: int) -> dict[date, int]:
        with Session(self.engine) as session:
            rows = session.execute(select(DayViews.day, DayViews.plays).where(DayViews.item_id == item))
            return dict(rows.tuples().all())

    def differences(self) -> list[days.Difference]:
        with Session(self.engine) as session:
            return days.differences(session)

    def added_up(self, item: int) -> AddedUp:
        found = add_up(sessionmaker(self.engine).begin, self.redis, item)
        assert found
        return found

    def shown(self, item: int) -> int:
        return self.view(item, count=Count.NOTHING)[0]
