"""Why a count is what it is: an item's views by day, what is on its way to the database, and what Redis has."""

from __future__ import annotations

from flask import abort
from flask_admin import BaseView, expose
from flask_babel import format_decimal, lazy_gettext

from cms import current
from cms.admin.base import SignedInView
from cms.extensions import db
from cms.pages.models import ContentItem
from cms.pages.pages import MAX_ID
from cms.view_counts.adding_up import Counts, add_up
from cms.view_counts.days import Day

#: How many days are shown one by one, the latest.
SHOWN = 30


class ViewsView(SignedInView, BaseView):  # type: ignore[misc]
    """The page of an item's counts."""

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("Views"), endpoint="views", url="item/<int:number>/views")

    def is_visible(self) -> bool:
        """Whether it is in the menu."""
        return False

    @expose("/")
    def index(self, number: int) -> str:
        item = db.session.get(ContentItem, number) if number <= MAX_ID else None
        if item is None:
            abort(404)
        found = add_up(current.transactions(), current.view_counter().redis, number)
        if found is None:
            abort(404)  # deleted since then
        earlier, latest = (_sum(days) for days in (found.days[SHOWN:], found.days[:SHOWN]))
        of_days = earlier.plus(latest)
        rendered: str = self.render(
            "admin/views.html",
            item=item,
            found=found,
            days=found.days[:SHOWN],
            earlier=earlier if found.days[SHOWN:] else None,
            undated=found.flushed.less(of_days) if found.flushed != of_days else None,
            flush_seconds=format_decimal(current.settings().view_flush_seconds),
        )
        return rendered


def _sum(days: list[Day]) -> Counts:
    total = Counts()
    for day in days:
        total = total.plus(Counts(day.views, day.plays, day.bot_views))
    return total
