"""The views of each item by day, and the check that they add up to the totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import orjson
from sqlalchemy import TextClause, func, select, text
from sqlalchemy.orm import Session

from cms.pages.models import ContentItem
from cms.view_counts.models import DayViews

# The views of all items are passed as one JSON object: one parameter and one statement, however many items.
_PAIRS = {
    "sqlite": "SELECT CAST(key AS INTEGER) AS item, value AS views FROM json_each(:views)",
    "postgresql": (
        "SELECT CAST(key AS integer) AS item, CAST(value AS bigint) AS views FROM json_each_text(CAST(:views AS json))"
    ),
}


@dataclass(frozen=True)
class Difference:
    """An item whose days do not add up to its ``total``, which is its ``counter`` or its ``bot_views``."""

    item: int
    total: int
    days: int
    name: str = "counter"


def add_to_days(session: Session, views: str, day: date, *, bots: bool = False) -> None:
    """Add the views of items (from :func:`as_json`) to ``day``. Deleted items are skipped."""
    statement = with_pairs(
        session,
        "INSERT INTO day_views (item_id, day, count, bot_views)"
        " SELECT pair.item, :day, {numbers} FROM ({pairs}) AS pair JOIN content_item ON content_item.id = pair.item"
        " WHERE true ON CONFLICT (item_id, day) DO UPDATE"
        " SET count = day_views.count + excluded.count, bot_views = day_views.bot_views + excluded.bot_views",
        numbers="0, pair.views" if bots else "pair.views, 0",
    )
    session.execute(statement.bindparams(views=views, day=day))


def latest_days(session: Session, item: int, today: date, number: int) -> list[tuple[date, int]]:
    """An item's views on each of the last ``number`` days, ``today`` first, including days without views."""
    days = [today - timedelta(days=ago) for ago in range(number)]
    rows = select(DayViews.day, DayViews.count).where(DayViews.item_id == item, DayViews.day.between(days[-1], today))
    views = {row[0]: row[1] for row in session.execute(rows)}
    return [(day, views.get(day, 0)) for day in days]


def differences(session: Session) -> list[Difference]:
    """Every item whose days do not add up to its counter or bot views. One statement, so that it sees one snapshot."""
    days, bot_days = (func.coalesce(func.sum(column), 0) for column in (DayViews.count, DayViews.bot_views))
    rows = (
        select(ContentItem.id, ContentItem.counter, days, ContentItem.bot_views, bot_days)
        .outerjoin(DayViews, DayViews.item_id == ContentItem.id)
        .group_by(ContentItem.id, ContentItem.counter, ContentItem.bot_views)
        .having((ContentItem.counter != days) | (ContentItem.bot_views != bot_days))
        .order_by(ContentItem.id)
    )
    return [
        Difference(item, total, int(added), name)
        for item, *numbers in session.execute(rows)
        for name, total, added in (("counter", *numbers[:2]), ("bot_views", *numbers[2:]))
        if total != added
    ]


def with_pairs(session: Session, statement: str, **parts: str) -> TextClause:
    """A statement with ``{pairs}``, a table of ``item`` and ``views`` from the parameter ``views``, and other parts."""
    return text(statement.format(pairs=_PAIRS[session.get_bind().dialect.name], **parts))


def as_json(views: Mapping[int, int]) -> str:
    """The parameter ``views`` of such a statement, sorted by id, so that the tables are scanned in order."""
    return orjson.dumps({item: views[item] for item in sorted(views)}, option=orjson.OPT_NON_STR_KEYS).decode()
