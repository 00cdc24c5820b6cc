"""What has been watched most in the last seven days, and since when it is watched more than before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.database import count_up_to
from cms.pages import trash
from cms.pages.models import ContentItem, Page
from cms.view_counts.models import DayViews

WEEK = 7
#: A rise is told from so many views on, and from so many times as many a day as before.
LEAST_VIEWS, LEAST_FACTOR = 10, 1.5


@dataclass(frozen=True)
class Watched:
    """The views of an item in the last seven days, today included.

    Since the day ``since`` it is watched ``factor`` times as often a day as in the seven days before that. There is no
    factor if it was not watched at all in those; there is no day either if there is no rise.
    """

    item_id: int
    views: int
    since: date | None = None
    factor: float | None = None


def most_watched(session: Session, today: date, number: int, *, owner: int | None = None) -> list[Watched]:
    """The items with the most views in the last seven days: of all pages, or of those that ``owner`` has made.

    It reads the days of two weeks. On a site where very many items are watched every day this takes a while.
    """
    first, views = today - timedelta(days=WEEK - 1), func.sum(DayViews.count)
    top = select(DayViews.item_id, views).where(DayViews.day.between(first, today))
    if owner is not None:
        own = select(ContentItem.id).join(Page, Page.id == ContentItem.page_id).where(Page.created_by == owner)
        top = top.where(DayViews.item_id.in_(own))
    # What is in the trash is left out afterwards: a join would look up the page of each row.
    top = top.group_by(DayViews.item_id).having(views > 0).order_by(views.desc(), DayViews.item_id).limit(number * 10)
    rows = session.execute(top).tuples().all()
    kept = select(ContentItem.id).where(ContentItem.id.in_([item for item, _ in rows]), trash.is_kept(ContentItem))
    is_kept = set(session.scalars(kept))
    found = [row for row in rows if row[0] in is_kept][:number]
    by_item: dict[int, dict[date, int]] = {item: {} for item, _ in found}
    days = select(DayViews.item_id, DayViews.day, DayViews.count).where(
        DayViews.item_id.in_(by_item), DayViews.day.between(first - timedelta(days=WEEK), today)
    )
    for item, day, count in session.execute(days):
        by_item[item][day] = count
    return [Watched(item, int(total), *rise(by_item[item], today)) for item, total in found]


def has_many_days(session: Session, today: date, number: int) -> bool:
    """Whether :func:`most_watched` reads more than so many rows."""
    rows = select(DayViews.day).where(DayViews.day.between(today - timedelta(days=2 * WEEK - 1), today))
    return count_up_to(session, number, rows) > number


def rise(counts: Mapping[date, int], today: date) -> tuple[date | None, float | None]:
    """Since which day of the last week an item is watched more than before, and how many times as often a day.

    Of all days that is the one with the largest factor, or else the first day with a view after seven without any.
    Today does not count: it is not over.
    """
    best: tuple[float, date] = (LEAST_FACTOR, today)
    sums = list(accumulate(counts.get(today - timedelta(days=ago), 0) for ago in range(1, 2 * WEEK)))
    for ago in range(WEEK - 1, 0, -1):  # the days from `ago` on, and the seven days before them
        since = sums[ago - 1]
        before = sums[min(ago + WEEK, len(sums)) - 1] - since
        if since < LEAST_VIEWS:
            continue
        day = today - timedelta(days=ago)
        if not before and counts.get(day):
            return day, None
        if before and (factor := (since / ago) / (before / WEEK)) > best[0]:
            best = (factor, day)
    return (best[1], best[0]) if best[1] < today else (None, None)
