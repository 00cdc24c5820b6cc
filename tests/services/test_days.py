"""The days of an item add up to its counter, and where they do not it is found."""

from __future__ import annotations

import pytest
from redis import Redis
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from cms.models import ContentItem, DayViews
from cms.services.days import Difference
from tests.factories import Made
from tests.services.counting import TODAY, Counting

pytestmark = pytest.mark.both_databases


def test_days_add_up_and_what_does_not_is_named(engine: Engine, redis: Redis, made: Made) -> None:
    counting = Counting(engine, redis)
    page = made.page()
    made.item(page)  # never viewed
    right, more, less = (made.item(page).id for _ in range(3))
    for _ in range(3):
        counting.view(right, more, less)
        counting.flush()
    counting.count_in_database(right)
    assert counting.differences() == []
    assert counting.days(right) == {TODAY: 4}
    with Session(engine) as session:
        session.execute(update(ContentItem).where(ContentItem.id == more).values(counter=7))
        session.execute(update(DayViews).where(DayViews.item_id == less).values(count=9))
        session.commit()
    assert counting.differences() == [Difference(more, 7, 3), Difference(less, 3, 9)]
