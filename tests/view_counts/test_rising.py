"""What is watched most in a week, and since when more than before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from cms.database import now
from cms.view_counts.models import DayViews
from cms.view_counts.rising import Watched, most_watched, rise
from tests.factories import Factory

TODAY = date(2026, 2, 28)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("counts", "since", "factor"),
    [
        ({}, None, None),
        (dict.fromkeys(range(14), 10), None, None),
        ({day: 30 if day < 4 else 10 for day in range(14)}, 3, 3.0),
        ({**dict.fromkeys(range(14), 7), 1: 70}, 1, 10.0),
        ({0: 1000, **dict.fromkeys(range(1, 14), 10)}, None, None),  # today is not over
        ({2: 6, 1: 6}, 2, None),
        ({2: 4, 1: 5}, None, None),
        ({9: 1, 2: 20}, 2, 70.0),
    ],
)
def test_a_rise_is_told_with_its_day(counts: dict[int, int], since: int | None, factor: float | None) -> None:
    found = rise({ago(day): count for day, count in counts.items()}, TODAY)
    assert found == (None if since is None else ago(since), factor)


@pytest.mark.both_databases
def test_the_most_watched_come_first(session: Session, factory: Factory) -> None:
    mine, other, gone = factory.page(created_by=7), factory.page(), factory.page(deleted_at=now(), published=False)
    low, high, trashed, old = factory.item(mine), factory.item(other), factory.item(gone), factory.item(mine)
    session.add_all(
        DayViews(item_id=item.id, day=ago(day), count=count)
        for item, day, count in (
            *((low, day, 1) for day in range(14)),
            *((high, day, 10 if day < 3 else 2) for day in range(14)),
            *((trashed, day, 99) for day in range(14)),
            (old, 7, 500),
        )
    )
    session.commit()
    assert most_watched(session, TODAY, 5) == [Watched(high.id, 38, ago(2), 5.0), Watched(low.id, 7)]
    assert most_watched(session, TODAY, 1) == [Watched(high.id, 38, ago(2), 5.0)]
    assert most_watched(session, TODAY, 5, owner=7) == [Watched(low.id, 7)]
