"""The days of an item add up to its views, bot views and plays. If they do not, that is detected."""

from __future__ import annotations

import pytest
from redis import Redis
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from cms.pages.models import ContentItem
from cms.view_counts.buffer import Count
from cms.view_counts.days import Difference
from cms.view_counts.models import DayViews
from tests.factories import Factory
from tests.view_counts.counting import TODAY, Counting

pytestmark = pytest.mark.both_databases


def test_days_add_up_and_what_does_not_is_named(engine: Engine, redis: Redis, factory: Factory) -> None:
    counting = Counting(engine, redis)
    page = factory.page()
    factory.item(page)  # never viewed
    right, more, less, bots, played = (factory.item(page).id for _ in range(5))
    for _ in range(3):
        counting.view(right, more, less)
        counting.view(right, more, bots, count=Count.BOT_VIEW)
        counting.view(right, played, count=Count.PLAY)
        counting.flush()
    counting.count_in_database(right)
    counting.count_in_database(right, bots=True)
    assert counting.differences() == []
    assert (counting.days(right), counting.bot_days(right)) == ({TODAY: 4}, {TODAY: 4})
    assert (counting.play_days(right), counting.plays(right)) == ({TODAY: 3}, 3)
    with Session(engine) as session:
        session.execute(update(ContentItem).where(ContentItem.id == more).values(counter=7, bot_views=0))
        session.execute(update(DayViews).where(DayViews.item_id == less).values(count=9))
        session.execute(update(ContentItem).where(ContentItem.id == bots).values(bot_views=5))
        session.execute(update(DayViews).where(DayViews.item_id == played).values(plays=4))
        session.commit()
    assert counting.differences() == [
        Difference(more, 7, 3),
        Difference(more, 0, 3, "bot_views"),
        Difference(less, 3, 9),
        Difference(bots, 5, 3, "bot_views"),
        Difference(played, 3, 4, "plays"),
    ]
