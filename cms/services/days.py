"""The views of each item and day, and the proof that they add up to the counters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import orjson
from sqlalchemy import TextClause, func, select, text
from sqlalchemy.orm import Session

from cms.models import ContentItem, DayViews

# The views of many items come as one JSON object: one parameter and one statement, however many items.
_PAIRS = {
    "sqlite": "SELECT CAST(key AS INTEGER) AS item, value AS views FROM json_each(:views)",
    "postgresql": (
        "SELECT CAST(key AS integer) AS item, CAST(value AS bigint) AS views FROM json_each_text(CAST(:views AS json))"
    ),
}


@dataclass(frozen=True)
class Difference:
    """An item whose days do not add up to its counter."""

    item: int
    counter: int
    days: int


def add_to_days(session: Session, views: str, day: date) -> None:
    """Add the views of items, :func:`as_json`, to those of ``day``; items that are gone are passed over."""
    statement = with_pairs(
        session,
        "INSERT INTO day_views (item_id, day, count)"
        " SELECT pair.item, :day, pair.views FROM ({pairs}) AS pair JOIN content_item ON content_item.id = pair.item"
        " WHERE true ON CONFLICT (item_id, day) DO UPDATE SET count = day_views.count + excluded.count",
    )
    session.execute(statement.bindparams(views=views, day=day))


def latest_days(session: Session, item: int, today: date, number: int) -> list[tuple[date, int]]:
    """The last ``number`` days with an item's views on each, ``today`` first; days without any are there too."""
    days = [today - timedelta(days=ago) for ago in range(number)]
    rows = select(DayViews.day, DayViews.count).where(DayViews.item_id == item, DayViews.day.between(days[-1], today))
    views = {row[0]: row[1] for row in session.execute(rows)}
    return [(day, views.get(day, 0)) for day in days]


def differences(session: Session) -> list[Difference]:
    """Every item whose days do not add up to its counter; in one statement, so of one moment."""
    days = func.coalesce(func.sum(DayViews.count), 0)
    rows = (
        select(ContentItem.id, ContentItem.counter, days)
        .outerjoin(DayViews, DayViews.item_id == ContentItem.id)
        .group_by(ContentItem.id, ContentItem.counter)
        .having(ContentItem.counter != days)
        .order_by(ContentItem.id)
    )
    return [Difference(item, counter, int(added)) for item, counter, added in session.execute(rows)]


def with_pairs(session: Session, statement: str) -> TextClause:
    """A statement with ``{pairs}``, a table of ``item`` and ``views`` made from the parameter ``views``."""
    return text(statement.format(pairs=_PAIRS[session.get_bind().dialect.name]))


def as_json(views: Mapping[int, int]) -> str:
    """The parameter ``views`` of such a statement; in the order of the tables, which are then gone through once."""
    return orjson.dumps({item: views[item] for item in sorted(views)}, option=orjson.OPT_NON_STR_KEYS).decode()
