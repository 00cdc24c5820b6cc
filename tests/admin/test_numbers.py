"""Numbers of any size in addresses and forms of the admin: none causes a server error."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from cms.admin.fields import MAX_PAGES
from cms.pages.pages import MAX_ID
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

NUMBERS = ["-1", "-99999999999999999999", "0", "7", str(2**31), str(2**63), "9" * 20, "9" * 5000, "x", ""]


@pytest.mark.parametrize("name", ["page", "page_size", "sort", "desc"])
def test_a_list_with_any_number(signed_in: FlaskClient, factory: Factory, name: str) -> None:
    factory.page()
    for list_ in ("page", "text"):
        for number in NUMBERS:
            assert signed_in.get(f"/admin/{list_}/?{name}={number}").status_code == 200, (list_, number)


def test_a_page_before_the_first_is_the_first_and_one_far_behind_the_last_is_empty(
    signed_in: FlaskClient, factory: Factory
) -> None:
    factory.page("Only one")
    assert "Only one" in signed_in.get("/admin/page/?page=-1").text
    assert "Only one" not in signed_in.get(f"/admin/page/?page={'9' * 20}").text


@pytest.mark.parametrize("name", ["offset", "limit"])
def test_a_select_box_that_asks_for_any_number(signed_in: FlaskClient, factory: Factory, name: str) -> None:
    factory.page()
    for number in NUMBERS:
        answer = signed_in.get(f"/admin/text/ajax/lookup/?name=page&query=&{name}={number}")
        assert answer.status_code == 200, number


def test_a_select_box_is_given_so_many_at_once(signed_in: FlaskClient, factory: Factory) -> None:
    for _ in range(MAX_PAGES + 1):
        factory.page()
    for asked, given in ((1000, MAX_PAGES), (3, 3)):
        assert len(signed_in.get(f"/admin/text/ajax/lookup/?name=page&query=&limit={asked}").json) == given


def test_an_item_behind_the_largest_order(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    factory.item(page, order=MAX_ID)
    form = signed_in.get(f"/admin/text/new/?page={page.id}")
    assert f'value="{MAX_ID}"' in form.text
