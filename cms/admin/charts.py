"""Views and plays by day: what templates/admin/chart.html draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flask import request

from cms import current
from cms.extensions import db
from cms.view_counts.days import Day, latest_days


@dataclass(frozen=True)
class Chart:
    """Some days, the first one first."""

    #: The numbers of days that an editor can choose from.
    periods: ClassVar = (30, 90, 365)

    days: list[Day]

    @property
    def views(self) -> int:
        """Of all days together."""
        return sum(day.views for day in self.days)

    @property
    def plays(self) -> int:
        """Of all days together."""
        return sum(day.plays for day in self.days)

    @property
    def bot_views(self) -> int:
        """Of all days together."""
        return sum(day.bot_views for day in self.days)

    @property
    def top(self) -> int:
        """The number at the top of the scale, a round one with a whole half."""
        most = max(max(day.views, day.plays) for day in self.days)
        power = 1
        while True:
            for digit in (2, 4, 10):
                if most <= digit * power:
                    return digit * power
            power *= 10

    def height(self, number: int) -> float:
        """How far up the scale a number lies, in per cent."""
        return round(100 * number / self.top, 2)


def latest(*, item: int | None = None, page: int | None = None) -> Chart:
    """The chart of the last days, as many as the request asks for: of an item, of a page's items, or of the site.

    It shows what is in the database: views and plays arrive there some seconds later.
    """
    asked = request.args.get("days", type=int)
    number = asked if asked in Chart.periods else Chart.periods[0]
    return Chart(latest_days(db.session(), current.view_counter().today(), number, item=item, page=page))
