"""The admin draws views and plays by day: of an item, of a page, of the whole site."""

from __future__ import annotations

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.admin.charts import Chart
from cms.pages.models import ContentItem
from cms.view_counts import buffer
from cms.view_counts.days import Day
from cms.view_counts.models import DayViews
from config import Settings
from tests.factories import Factory


@pytest.fixture
def today(settings: Settings) -> date:
    return buffer.today(ZoneInfo(settings.time_zone))


@pytest.fixture
def item(factory: Factory) -> ContentItem:
    return factory.item(factory.page(), "video", title="A video")


def seen(session: Session, item: ContentItem, days: dict[date, tuple[int, int, int]]) -> None:
    session.add_all(
        DayViews(item_id=item.id, day=day, count=views, plays=plays, bot_views=bots)
        for day, (views, plays, bots) in days.items()
    )
    session.commit()


def read(client: FlaskClient, address: str, language: str = "en") -> str:
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.text


def form(item: ContentItem, more: str = "") -> str:
    return f"/admin/video/edit/?id={item.id}{more}"


def rows(html: str) -> list[tuple[str, ...]]:
    """The table's rows: date, views, plays, bots."""
    cells = r"<td>([\d,]+)</td>" * 3
    return re.findall(rf'<th scope="row"><time datetime="([^"]+)">[^<]+</time></th>{cells}', html)


def bars(html: str) -> list[float]:
    return [float(height) for height in re.findall(r'<rect class="bars"[^>]* height="([\d.]+)"/>', html)]


def line(html: str) -> list[list[float]]:
    points = re.search(r'<polyline class="line" points="([^"]*)"', html)
    assert points
    return [[float(number) for number in point.split(",")] for point in points[1].split()]


@pytest.mark.both_databases
def test_the_last_thirty_days_with_those_of_nothing(
    signed_in: FlaskClient, session: Session, factory: Factory, item: ContentItem, today: date
) -> None:
    days = {today: (30, 3, 7), today - timedelta(days=2): (1200, 100, 0), today - timedelta(days=29): (1, 0, 0)}
    seen(session, item, {**days, today - timedelta(days=30): (9999, 9999, 9999)})
    seen(session, factory.item(factory.page(), "video"), {today: (500, 500, 500)})
    html = read(signed_in, form(item))
    expected = [today - timedelta(days=ago) for ago in range(30)]
    assert [row[0] for row in rows(html)] == [day.isoformat() for day in expected]
    assert [row[1:] for row in rows(html)] == [
        tuple(f"{number:,}" for number in days.get(day, (0, 0, 0))) for day in expected
    ]
    heights = bars(html)
    assert (heights[-1], heights[-3], heights[0], sum(heights[1:-3])) == (1.5, 60, 0.05, 0), "the scale ends at 2,000"
    assert [point[1] for point in line(html)] == [*[100] * 27, 95, 100, 99.85]
    assert "Views: <b>1,231</b>" in html
    assert "Plays: <b>103</b>" in html
    assert "Bots: <b>7</b>" in html


@pytest.mark.both_databases
def test_a_page_has_the_sum_of_its_items_and_the_overview_that_of_all(
    signed_in: FlaskClient, session: Session, factory: Factory, item: ContentItem, today: date
) -> None:
    seen(session, item, {today: (3, 1, 0)})
    page = factory.page()
    seen(session, factory.item(page), {today: (10, 0, 1)})
    seen(session, factory.item(page, "audio"), {today: (20, 2, 0)})
    assert rows(read(signed_in, f"/admin/page/edit/?id={page.id}"))[0][1:] == ("30", "2", "1")
    assert rows(read(signed_in, "/admin/"))[0][1:] == ("33", "3", "1")
    assert rows(read(signed_in, f"/admin/page/edit/?id={item.page_id}"))[0][1:] == ("3", "1", "0")


def test_another_period_keeps_the_rest_of_the_address(
    signed_in: FlaskClient, session: Session, item: ContentItem, today: date
) -> None:
    seen(session, item, {today - timedelta(days=89): (5, 0, 0)})
    html = read(signed_in, form(item, "&url=/admin/page/"))
    assert "There were no views in this period." in html
    link = re.search(r'href="([^"]*days=90[^"]*)"', html)
    assert link
    address = link[1].replace("&amp;", "&")
    assert address == f"/admin/video/edit/?id={item.id}&url=%2Fadmin%2Fpage%2F&days=90#days"
    html = read(signed_in, address)
    assert (len(bars(html)), bars(html)[0]) == (90, 50), "five of ten"
    assert re.search(r'days=90#days" aria-current="true">\s*90 days', html)
    for odd in ("7", "x", "-1", "999999999999"):
        assert "There were no views in this period." in read(signed_in, form(item, f"&days={odd}"))


@pytest.mark.parametrize(
    ("most", "top"),
    [(0, 2), (1, 2), (2, 2), (3, 4), (5, 10), (11, 20), (21, 40), (41, 100), (100, 100), (2**40, 2 * 10**12)],
)
def test_the_scale_ends_at_a_round_number_with_a_whole_half(most: int, top: int) -> None:
    days = [Day(date(2026, 1, 1)), Day(date(2026, 1, 2), views=most), Day(date(2026, 1, 3), plays=most)]
    assert Chart(days).top == top


def test_a_new_item_has_no_days(signed_in: FlaskClient) -> None:
    for address in ("/admin/video/new/", "/admin/page/new/"):
        assert "days-title" not in read(signed_in, address)


def test_it_speaks_russian(signed_in: FlaskClient, session: Session, item: ContentItem, today: date) -> None:
    assert "За это время просмотров не было." in read(signed_in, form(item), "ru")
    seen(session, item, {today: (1, 0, 0)})
    assert "Просмотры и воспроизведения по дням" in read(signed_in, form(item), "ru")
