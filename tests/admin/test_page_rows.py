"""The rows of a page's screen: what they tell of an item beside its state."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cms.view_counts.models import DayViews
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def row(client: FlaskClient, page_id: int, item_id: int) -> str:
    screen = client.get(f"/admin/page/edit/?id={page_id}").text
    return screen.split(f'<li data-item="{item_id}"', 1)[1].split("</li>", 1)[0]


def test_a_row_tells_on_how_many_pages_its_file_is(signed_in: FlaskClient, factory: Factory) -> None:
    file, pages = factory.media_file(), [factory.page() for _ in range(3)]
    items = [factory.item(page, "video") for page in (*pages, pages[0])]
    factory.attached(items[0], "video", file)
    assert " on " not in row(signed_in, pages[0].id, items[0].id).split("summary", 1)[1].split("</small>", 1)[0]
    for item in items[1:]:
        factory.attached(item, "video", file)
    assert "on 3 pages" in row(signed_in, pages[0].id, items[0].id)
    factory.change(items[2], deleted_at=items[2].created_at)
    assert "on 2 pages" in row(signed_in, pages[0].id, items[0].id), "the other one is in the trash"


def test_a_row_has_the_views_of_the_last_seven_days(app: Flask, signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    item, other = factory.item(page, counter=109), factory.item(page)
    with app.app_context():
        today = app.extensions["page_views"].counter.today()
    for ago, views in ((0, 2), (6, 7), (7, 100)):
        factory.kept(DayViews(item_id=item.id, day=today - timedelta(days=ago), count=views))
    counts = [
        re.findall(r'title="Why this number\?">([\d,]+)', row(signed_in, page.id, each.id)) for each in (item, other)
    ]
    assert counts == [["109", "9", "0", "0"], ["0", "0", "0", "0"]]


def test_what_a_rows_menu_offers_depends_on_the_kind(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    film, words = factory.item(page, "video"), factory.item(page, "text")
    gallery = factory.item(page, "gallery")
    offered = ["data-replace" in row(signed_in, page.id, item.id) for item in (film, words, gallery)]
    assert offered == [True, False, False], "one file can be replaced"
    assert 'data-link="embed_url"' in signed_in.get(f"/admin/page/edit/?id={page.id}").text
