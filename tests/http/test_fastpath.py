"""What was once answered from the cache is answered without Flask, with no visible difference."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers

from cms.http import fastpath
from cms.pages.models import ContentItem, Page
from cms.view_counts import buffer

ADDRESSES = ["/api/page/content/{id}/", "/api/page/content/?page_size=10", "/it/", "/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_second_answer_is_the_first_without_flask(
    client: FlaskClient, page: Page, item: ContentItem, entered: list[str], address: str
) -> None:
    address = address.format(id=page.id)
    first, second = client.get(address), client.get(address)
    assert len(entered) == 1
    assert second.status == first.status == "200 OK"
    assert _but_counters(second.data) == _but_counters(first.data)
    assert _but_id(second.headers) == _but_id(first.headers)
    assert second.headers["X-Request-ID"] != first.headers["X-Request-ID"]


def test_every_view_of_it_is_counted(client: FlaskClient, page: Page, item: ContentItem) -> None:
    seen = [client.get(f"/api/page/content/{page.id}/").json["contents"][0]["counter"] for _ in range(5)]
    assert seen == list(range(5))


def test_head_counts_nothing_and_has_the_same_headers(client: FlaskClient, page: Page, item: ContentItem) -> None:
    address = f"/api/page/content/{page.id}/"
    client.get(address)
    head, get = client.head(address), client.get(address)
    assert get.json["contents"][0]["counter"] == 1
    assert _but_id(head.headers) == _but_id(get.headers)


def test_each_language_and_host_is_remembered_by_itself(client: FlaskClient, page: Page, item: ContentItem) -> None:
    for _ in range(2):
        assert b'lang="ru"' in client.get("/it/", headers={"Accept-Language": "ru"}).data
        assert b'lang="en"' in client.get("/it/", headers={"Accept-Language": "en"}).data
        assert b'lang="ru"' in client.get("/it/", headers={"Accept-Language": "en", "Cookie": "language=ru"}).data
        for host in ("one.example", "two.example:8080"):
            body = client.get(f"/api/page/content/{page.id}/", headers={"Host": host}).json
            assert body["url"] == f"http://{host}/it/"
        secure = client.get(f"/api/page/content/{page.id}/", base_url="https://one.example").json
        assert secure["url"] == "https://one.example/it/"


def test_an_edit_and_its_end_are_seen(
    client: FlaskClient, page: Page, item: ContentItem, edit: Callable[..., None]
) -> None:
    address = f"/api/page/content/{page.id}/"
    for _ in range(2):
        client.get(address)
    edit(page, title="Another")
    assert client.get(address).json["title"] == "Another"
    edit(page, is_published=False)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/nowhere/", "/api/page/content/?page=9", "/api/page/content/?page=x", "/healthz"])
def test_nothing_else_is_remembered(client: FlaskClient, page: Page, entered: list[str], address: str) -> None:
    for _ in range(2):
        client.get(address)
    assert len(entered) == 2


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", ["Set-Cookie", "set-cookie", "SET-COOKIE"])
@pytest.mark.parametrize("place", [0, None], ids=["first", "last"])
def test_nobody_gets_somebody_elses_cookie(
    app: Flask,
    client: FlaskClient,
    page: Page,
    item: ContentItem,
    entered: list[str],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    name: str,
    place: int | None,
) -> None:
    numbers = itertools.count()

    def give_cookie(response: Response) -> Response:
        headers = [*response.headers]
        headers.insert(len(headers) if place is None else place, (name, f"visitor={next(numbers)}"))
        response.headers = Headers(headers)
        return response

    hooks = app.after_request_funcs[None]
    monkeypatch.setitem(app.after_request_funcs, None, [give_cookie, *hooks])  # the last hook runs first
    visitors = app.test_client(use_cookies=False)
    cookies = [visitors.get(address.format(id=page.id)).headers.getlist("Set-Cookie") for _ in range(3)]
    assert cookies == [["visitor=0"], ["visitor=1"], ["visitor=2"]]
    assert len(entered) == 3


def test_what_it_remembers_is_bounded(
    app: Flask, client: FlaskClient, page: Page, entered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastpath, "_MAX_REQUESTS", 3)
    for number in (1, 2, 3, 4, 1):
        client.get(f"/?n={number}")
    assert len(entered) == 5
    long = "/?" + "n" * fastpath._MAX_REQUEST_LENGTH
    for _ in range(2):
        assert client.get(long).status_code == 200
    assert len(entered) == 7


def test_a_database_that_is_away_while_counters_are_sought_is_said_in_words(
    client: FlaskClient, page: Page, item: ContentItem, monkeypatch: pytest.MonkeyPatch, redis: Any
) -> None:
    address = f"/api/page/content/{page.id}/"
    for _ in range(2):
        client.get(address)
    redis.delete(buffer.BASE)

    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    with monkeypatch.context() as patch:
        patch.setattr(buffer, "seed", away)
        answer = client.get(address)
        assert answer.status_code == 503
        assert "database" in answer.json["detail"]
    assert client.get(address).status_code == 200


def test_threads_that_come_and_go_leave_redis_reachable(
    app: Flask, client: FlaskClient, engine: Engine, page: Page, item: ContentItem
) -> None:
    """There are more of them than a connection pool may have connections."""
    address = f"/api/page/content/{page.id}/"
    for _ in range(120):
        thread = Thread(target=lambda: app.test_client().get(address))
        thread.start()
        thread.join()
    assert client.get(address).json["contents"][0]["counter"] == 120
    with Session(engine) as session:
        assert session.get_one(ContentItem, item.id).counter == 0  # the views wait in Redis


def _but_counters(body: bytes) -> bytes:
    return re.sub(rb'"counter":\d+|<b>\d+</b>', b"", body)


def _but_id(headers: Any) -> list[tuple[str, str]]:
    return sorted(header for header in headers if header[0] != "X-Request-ID")


def test_a_reader_waits_for_no_writer(
    client: FlaskClient, page: Page, item: ContentItem, engine: Engine, redis: Redis, entered: list[str]
) -> None:
    """Counters have to be read from the database during a write. SQLite allows many readers beside one writer."""
    address = f"/api/page/content/{page.id}/"
    assert client.get(address).status_code == 200
    redis.delete(buffer.BASE)
    with engine.begin() as writer:
        writer.execute(update(Page).values(text="not yet"))
        assert client.get(address).json["contents"][0]["counter"] == 1
        writer.rollback()
    assert len(entered) == 1
