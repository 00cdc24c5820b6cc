"""The views and plays of each item by day, and the check that they add up to the totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import orjson
from sqlalchemy import TextClause, func, or_, select, text
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
    """An item whose days do not add up to its ``total``, the number in its column ``name``."""

    item: int
    total: int
    days: int
    name: str = "counter"


class Day(NamedTuple):
    """The numbers of one day, of an item or of several together."""

    date: date
    views: int = 0
    plays: int = 0
    bot_views: int = 0


def add_to_days(session: Session, views: str, day: date, column: str) -> None:
    """Add numbers of items (from :func:`as_json`) to a column of ``day``. Deleted items are skipped."""
    statement = with_pairs(
        session,
        "INSERT INTO day_views (item_id, day, count, bot_views, plays)"
        " SELECT pair.item, :day, {numbers} FROM ({pairs}) AS pair JOIN content_item ON content_item.id = pair.item"
        " WHERE true ON CONFLICT (item_id, day) DO UPDATE SET {column} = day_views.{column} + excluded.{column}",
        numbers=", ".join("pair.views" if name == column else "0" for name in ("count", "bot_views", "plays")),
        column=column,
    )
    session.execute(statement.bindparams(views=views, day=day))


def latest_days(
    session: Session, today: date, number: int, *, item: int | None = None, page: int | None = None
) -> list[Day]:
    """The last ``number`` days, ``today`` last, also those without views: of an item, a page's items, or the site."""
    days = [today - timedelta(days=ago) for ago in reversed(range(number))]
    sums = (func.sum(column) for column in (DayViews.count, DayViews.plays, DayViews.bot_views))
    rows = select(DayViews.day, *sums).where(DayViews.day.between(days[0], today)).group_by(DayViews.day)
    if item is not None:
        rows = rows.where(DayViews.item_id == item)
    if page is not None:
        rows = rows.where(DayViews.item_id.in_(select(ContentItem.id).where(ContentItem.page_id == page)))
    found = {day: Day(day, *map(int, numbers)) for day, *numbers in session.execute(rows)}
    return [found.get(day, Day(day)) for day in days]


def views_of_week(session: Session, today: date, page: int) -> dict[int, int]:
    """The views of the last seven days, by the ids of a page's items. Items without any are not in it."""
    is_meant = DayViews.day.between(today - timedelta(days=6), today), ContentItem.page_id == page
    sums = select(DayViews.item_id, func.sum(DayViews.count)).join(ContentItem, ContentItem.id == DayViews.item_id)
    return {item: int(views) for item, views in session.execute(sums.where(*is_meant).group_by(DayViews.item_id))}


def differences(session: Session) -> list[Difference]:
    """Every item whose days do not add up to its totals. One statement, so that it sees one snapshot."""
    totals = (ContentItem.counter, ContentItem.bot_views, ContentItem.plays)
    sums = [func.coalesce(func.sum(column), 0) for column in (DayViews.count, DayViews.bot_views, DayViews.plays)]
    rows = (
        select(ContentItem.id, *totals, *sums)
        .outerjoin(DayViews, DayViews.item_id == ContentItem.id)
        .group_by(ContentItem.id, *totals)
        .having(or_(*(total != days for total, days in zip(totals, sums, strict=True))))
        .order_by(ContentItem.id)
    )
    return [
        Difference(item, total, int(days), column.key)
        for item, *numbers in session.execute(rows)
        for column, total, days in zip(totals, numbers[:3], numbers[3:], strict=True)
        if total != days
    ]


def with_pairs(session: Session, statement: str, **parts: str) -> TextClause:
    """A statement with ``{pairs}``, a table of ``item`` and ``views`` from the parameter ``views``, and other parts."""
    return text(statement.format(pairs=_PAIRS[session.get_bind().dialect.name], **parts))


def as_json(views: Mapping[int, int]) -> str:
    """The parameter ``views`` of such a statement, sorted by id, so that the tables are scanned in order."""
    return orjson.dumps({item: views[item] for item in sorted(views)}, option=orjson.OPT_NON_STR_KEYS).decode()
