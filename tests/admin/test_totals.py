"""The lists show the views of each item and, separately, those of bots."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def column(html: str, name: str) -> list[str]:
    cells = re.findall(rf'<td class="col-{name}"[^>]*>\s*(.*?)\s*</td>', html, re.DOTALL)
    return [re.sub("<[^>]+>", "", cell) for cell in cells]


def test_both_are_shown_and_sorted_by(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    for views, bots in ((3, 20), (1, 30), (2, 10)):
        factory.item(page, counter=views, bot_views=bots)
    html = signed_in.get("/admin/text/").text
    assert (column(html, "counter"), column(html, "bot_views")) == (["2", "1", "3"], ["10", "30", "20"])
    links = re.findall(r'href="([^"]*sort=\d+[^"]*)"[^>]*>\s*(Views|Bots)', html)
    assert [name for _, name in links] == ["Views", "Bots"]
    for (link, _), name, order in zip(
        links, ("counter", "bot_views"), (["1", "2", "3"], ["10", "20", "30"]), strict=True
    ):
        link = link.replace("&amp;", "&")
        assert column(signed_in.get(link).text, name) == order
        assert column(signed_in.get(link + "&desc=1").text, name) == order[::-1]


def test_a_pages_form_shows_both(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    factory.item(page, counter=1234, bot_views=5678)
    html = signed_in.get(f"/admin/page/edit/?id={page.id}").text
    shown = re.sub("</?a[^>]*>", "", html)
    assert "<dt>Views</dt><dd>1,234</dd>" in shown
    assert "<dt>Bots</dt><dd>5,678</dd>" in shown
