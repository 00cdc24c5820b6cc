"""Beside each count of an item is a way to what it is made of."""

from __future__ import annotations

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.view_counts import buffer
from cms.view_counts.models import DayViews
from config import Settings
from tests.factories import Factory
from tests.view_counts.counting import Counting

pytestmark = pytest.mark.both_databases


def rows(html: str) -> dict[str, list[str]]:
    found = re.findall(r"<tr[^>]*><th scope=.row.>(.*?)</th>(.*?)</tr>", html, re.DOTALL)
    return {re.sub("<[^>]+>", "", name): re.findall(r"<td>(.*?)</td>", cells) for name, cells in found}


def test_the_parts_add_up(
    signed_in: FlaskClient, factory: Factory, session: Session, engine: Engine, redis: Redis, settings: Settings
) -> None:
    item = factory.item(factory.page(), title="Dawn", counter=1042, plays=40)
    first = date(2026, 1, 1)
    session.add_all(DayViews(item_id=item.id, day=first + timedelta(n), count=26, plays=1) for n in range(40))
    session.commit()
    address = f"/admin/item/{item.id}/views/"
    for listed in ("/admin/text/", f"/admin/page/edit/?id={item.page_id}"):
        assert f'href="{address}"' in signed_in.get(listed).text
    signed_in.get(address)  # a web process that connects to Redis closes the buffer
    Counting(engine, redis).view(item.id, day=buffer.today(ZoneInfo(settings.time_zone)))
    found = rows(signed_in.get(address).text)
    assert len(found) == 2 + 30 + 4
    assert found["Before Jan 11, 2026"] == ["260", "10", "0"]
    assert found["Feb 9, 2026"] == ["26", "1", "0"]
    assert found.pop("Without a day which was not always kept") == ["2", "0", "0"]
    sums = [numbers for name, numbers in found.items() if not name[-1].isdigit()]
    assert sums == [["1,042", "40", "0"], ["0", "0", "0"], ["1", "0", "0"], ["1,043", "40", "0"]]


def test_an_item_that_is_not_there_has_no_counts(signed_in: FlaskClient) -> None:
    for number in ("1", "9" * 20, "x"):
        assert signed_in.get(f"/admin/item/{number}/views/").status_code == 404
