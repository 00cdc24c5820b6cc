"""Which requests are counted, end to end, with and without the fast path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cms.accounts.models import User
from cms.http.fastpath import FastPath
from cms.pages.models import ContentItem, Page
from cms.tasks import flush_views
from cms.view_counts.models import DayViews
from tests.conftest import csrf_token, sign_in
from tests.factories import Factory
from tests.servers import RedisServer

pytestmark = pytest.mark.both_databases

BOT = {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
PREFETCH = {"Sec-Purpose": "prefetch;prerender"}
ADDRESSES = ["/api/page/content/{id}/", "/api/page/content/?page_size=10", "/api/page/content/?page_size=7", "/it/"]


@pytest.fixture
def counted(app: Flask, factory: Factory, item: ContentItem) -> Callable[[], tuple[int, int]]:
    """The counter and the bot views, once all are in the database."""

    def flushed() -> tuple[int, int]:
        with app.app_context():
            flush_views.run()
        now = factory.reload(item)
        return now.counter, now.bot_views

    return flushed


@pytest.fixture
def visitor(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another visitor than ``client``, without cookies."""
    return app.test_client(use_cookies=False)


@pytest.mark.parametrize("address", ADDRESSES)
def test_bots_are_counted_apart_and_prefetches_not_at_all(
    visitor: FlaskClient, page: Page, item: ContentItem, counted: Callable[[], tuple[int, int]], address: str
) -> None:
    address = address.format(id=page.id)
    for headers in (BOT, PREFETCH, {}, BOT, {**BOT, **PREFETCH}, PREFETCH, {}, BOT, {}):
        assert visitor.get(address, headers=headers).status_code == 200
        assert visitor.head(address, headers=headers).status_code == 200
    assert counted() == (3, 3)


def test_nobody_but_people_and_clients_moves_what_is_shown(visitor: FlaskClient, page: Page, item: ContentItem) -> None:
    def shown(headers: dict[str, str]) -> int:
        return int(visitor.get(f"/api/page/content/{page.id}/", headers=headers).json["contents"][0]["counter"])

    assert [shown(headers) for headers in ({}, BOT, PREFETCH, {}, PREFETCH, BOT, {})] == [0, 1, 1, 1, 2, 2, 2]


def test_each_class_of_readers_is_remembered_once_however_many_they_are(
    app: Flask, visitor: FlaskClient, page: Page, item: ContentItem, entered: list[str], counted: Any
) -> None:
    address = f"/api/page/content/{page.id}/"
    for number in range(20):
        for headers in ({"User-Agent": f"Browser/{number}"}, {"User-Agent": f"Googlebot/{number}"}, PREFETCH):
            assert visitor.get(address, headers=headers).status_code == 200
    assert len(entered) == 3
    assert len(_fast_path(app)._remembered) == 3
    assert counted() == (20, 20)


@pytest.mark.parametrize("address", ADDRESSES)
def test_editors_see_the_counters_and_add_nothing(
    signed_in: FlaskClient,
    visitor: FlaskClient,
    page: Page,
    item: ContentItem,
    counted: Callable[[], tuple[int, int]],
    address: str,
) -> None:
    address = address.format(id=page.id)
    for reader in (signed_in, visitor, signed_in, signed_in, visitor, signed_in):
        answer = reader.get(address)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert counted() == (2, 0)
    assert signed_in.get(f"/api/page/content/{page.id}/").json["contents"][0]["counter"] == 2


def test_what_a_cookie_means_is_asked_each_time(
    app: Flask,
    signed_in: FlaskClient,
    session: Session,
    page: Page,
    item: ContentItem,
    counted: Callable[[], tuple[int, int]],
) -> None:
    """The account is closed and reopened while an editor has the cookie."""
    cookie = signed_in.get_cookie("session")
    assert cookie is not None
    headers = {"Cookie": f"session={cookie.value}"}
    reader = app.test_client(use_cookies=False)
    for number, is_active in enumerate((True, False, True, False), start=1):
        session.execute(update(User).values(is_active=is_active))
        session.commit()
        for _ in range(2):
            assert reader.get("/it/", headers=headers).status_code == 200
        assert counted() == (number // 2 * 2, 0)


@pytest.mark.parametrize("cookie", ["session=nonsense", "session=", "language=ru", "other=session", "anonymous"])
def test_a_cookie_alone_makes_no_editor(
    app: Flask,
    client: FlaskClient,
    page: Page,
    item: ContentItem,
    counted: Callable[[], tuple[int, int]],
    cookie: str,
) -> None:
    if cookie == "anonymous":  # the session of a visitor who opened the sign-in form
        csrf_token(client)
        found = client.get_cookie("session")
        assert found is not None
        cookie = f"session={found.value}"
    reader = app.test_client(use_cookies=False)
    for _ in range(3):
        assert reader.get("/it/", headers={"Cookie": cookie}).status_code == 200
    assert counted() == (3, 0)


def test_who_has_signed_out_is_counted(
    signed_in: FlaskClient, page: Page, item: ContentItem, counted: Callable[[], tuple[int, int]]
) -> None:
    signed_in.get("/it/")
    assert signed_in.post("/logout", data={"csrf_token": csrf_token(signed_in)}).status_code == 302
    for _ in range(2):
        signed_in.get("/it/")
    assert counted() == (2, 0)
    assert sign_in(signed_in, "editor@example.com", "correct horse").status_code == 302
    signed_in.get("/it/")
    assert counted() == (2, 0)


def test_without_redis_the_same_is_counted(
    app: Flask,
    signed_in: FlaskClient,
    visitor: FlaskClient,
    factory: Factory,
    page: Page,
    item: ContentItem,
    session: Session,
    redis_server: RedisServer,
) -> None:
    address = f"/api/page/content/{page.id}/"
    visitor.get(address)
    visitor.get(address, headers=BOT)
    with app.app_context():
        flush_views.run()
    redis_server.stop()
    try:
        for _ in range(2):
            shown = [visitor.get(address, headers=headers).json for headers in ({}, BOT, PREFETCH)]
            shown.append(signed_in.get(address).json)
        assert [document["contents"][0]["counter"] for document in shown] == [2, 3, 3, 3]
    finally:
        redis_server.start()
    assert visitor.get(address, headers=BOT).json["contents"][0]["counter"] == 3
    with app.app_context():
        flush_views.run()
    now = factory.reload(item)
    assert (now.counter, now.bot_views) == (3, 4)
    days = session.execute(select(DayViews.count, DayViews.bot_views)).one()
    assert tuple(days) == (3, 4)


def _fast_path(app: Flask) -> FastPath:
    middleware: Any = app.wsgi_app
    while not isinstance(middleware, FastPath):
        middleware = middleware.application
    return middleware
