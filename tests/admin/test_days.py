"""An item's form shows its views on each of the last days."""

from __future__ import annotations

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.pages.models import ContentItem
from cms.view_counts import buffer
from cms.view_counts.models import DayViews
from config import Settings
from tests.factories import Factory


@pytest.fixture
def today(settings: Settings) -> date:
    return buffer.today(ZoneInfo(settings.time_zone))


@pytest.fixture
def item(factory: Factory) -> ContentItem:
    return factory.item(factory.page(), "video", title="A video")


def seen(session: Session, item: ContentItem, days: dict[date, int]) -> None:
    session.add_all(DayViews(item_id=item.id, day=day, count=count) for day, count in days.items())
    session.commit()


def form(client: FlaskClient, item: ContentItem, language: str = "en") -> str:
    answer = client.get(f"/admin/video/edit/?id={item.id}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.text


def shown(html: str) -> list[tuple[str, str, str, str]]:
    """For each day: date, maximum of the bar, value of the bar, number."""
    row = r'<time datetime="([^"]+)">[^<]+</time> <progress max="(\d+)" value="(\d+)"[^>]*></progress> <b>(\d+)</b>'
    return re.findall(row, html)


@pytest.mark.both_databases
def test_the_last_thirty_days_newest_first(
    signed_in: FlaskClient, session: Session, factory: Factory, item: ContentItem, today: date
) -> None:
    days = {today: 3, today - timedelta(days=2): 12, today - timedelta(days=29): 1, today - timedelta(days=30): 99}
    seen(session, item, days)
    seen(session, factory.item(factory.page(), "video"), {today: 500})
    rows = shown(form(signed_in, item))
    expected = [(today - timedelta(days=ago)) for ago in range(30)]
    assert [day for day, *_ in rows] == [day.isoformat() for day in expected]
    assert [number for *_, number in rows] == [str(days.get(day, 0)) for day in expected]
    assert {most for _, most, _, _ in rows} == {"12"}
    assert all(bar == number for *_, bar, number in rows)


def test_an_item_that_nobody_has_seen(signed_in: FlaskClient, session: Session, item: ContentItem, today: date) -> None:
    seen(session, item, {today - timedelta(days=30): 99})
    html = form(signed_in, item)
    assert shown(html) == []
    assert "Nobody viewed it in this period." in html


def test_a_new_item_has_no_days(signed_in: FlaskClient) -> None:
    assert "days-title" not in signed_in.get("/admin/video/new/").text


def test_it_speaks_russian(signed_in: FlaskClient, session: Session, item: ContentItem, today: date) -> None:
    assert "За это время никто этого не видел." in form(signed_in, item, "ru")
    seen(session, item, {today: 1})
    assert "Просмотры за последние 30 дней" in form(signed_in, item, "ru")
