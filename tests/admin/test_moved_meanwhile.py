"""Two editors who move the items of one page: whoever saw another order than there is moves nothing."""

from __future__ import annotations

from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def test_a_list_that_is_no_longer_that_is_not_taken(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page()
    a, b, c = (factory.item(page, order=order).id for order in range(3))
    token = csrf_token(signed_in)

    def move(was: list[int], wanted: list[int]) -> tuple[int, str]:
        form = {"csrf_token": token, "id": page.id, "was": was, "item": wanted}
        answer = signed_in.post("/admin/page/reorder/", data=form)
        return answer.status_code, answer.text

    def order() -> list[int]:
        document = signed_in.get(f"/api/page/content/{page.id}/").json
        return [item["id"] for item in document["contents"]]

    assert move([a, b, c], [c, a, b])[0] == 200
    status, told = move([a, b, c], [b, a, c])
    assert (status, order()) == (409, [c, a, b])
    assert "Somebody else has changed the items of this page in the meantime." in told
    assert move([c, a, b], [b, a, c])[0] == 200
    assert move([], [a, b, c])[0] == 200, "a program that does not say what it saw"
    assert order() == [a, b, c]


@pytest.mark.parametrize("rounds", range(3))
def test_of_many_who_move_items_at_once_one_wins(
    app: Flask, signed_in: FlaskClient, factory: Factory, rounds: int
) -> None:
    page = factory.page()
    a, b, c = (factory.item(page, order=order).id for order in range(3))
    token = csrf_token(signed_in)
    cookie = signed_in.get_cookie("session")
    wanted = [[b, c, a], [c, a, b], [a, c, b], [c, b, a]]
    moved: list[list[int]] = []

    def move(order: list[int]) -> None:
        client = app.test_client()
        assert cookie
        client.set_cookie("session", cookie.value)
        form = {"csrf_token": token, "id": page.id, "was": [a, b, c], "item": order}
        answer = client.post("/admin/page/reorder/", data=form)
        assert answer.status_code in (200, 409)
        moved.extend([order] * (answer.status_code == 200))

    threads = [Thread(target=move, args=(order,)) for order in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(moved) == 1
    document = signed_in.get(f"/api/page/content/{page.id}/").json
    assert [item["id"] for item in document["contents"]] == moved[0]
