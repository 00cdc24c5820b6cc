"""Redis is down: pages are still served and views counted. Redis is back: nothing stale is read, nothing is lost."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import ConnectionError as RedisConnectionError
from redis import Redis
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms import current
from cms.pages.models import ContentItem, Page
from cms.tasks import flush_views
from cms.view_counts import buffer, counting_client
from cms.view_counts.models import InDoubtCount
from tests.factories import Factory
from tests.servers import RedisServer

pytestmark = pytest.mark.both_databases


@pytest.fixture
def no_redis(redis_server: RedisServer) -> Iterator[None]:
    redis_server.stop(signal.SIGKILL)
    yield
    if redis_server.process is None:
        redis_server.start()


def test_without_redis_pages_come_and_are_counted(
    client: FlaskClient, factory: Factory, page: Page, item: ContentItem, no_redis: None
) -> None:
    seen = [client.get(f"/api/page/content/{page.id}/").json["contents"][0]["counter"] for _ in range(3)]
    assert seen == [0, 1, 2]
    assert client.get("/it/").status_code == 200
    assert client.get("/").status_code == 200
    assert client.get("/api/page/content/").json["results"][0]["contents"][0]["counter"] == 4
    assert client.get("/nothing/").status_code == 404
    assert factory.reload(item).counter == 5


def test_without_redis_an_edit_is_saved_and_read(
    client: FlaskClient, edit: Callable[..., None], page: Page, no_redis: None
) -> None:
    edit(page, title="New")
    assert "New" in client.get("/it/").text


def test_when_redis_comes_back_nothing_old_is_read_and_no_view_is_lost(
    app: Flask,
    client: FlaskClient,
    factory: Factory,
    edit: Callable[..., None],
    redis_server: RedisServer,
    page: Page,
    item: ContentItem,
) -> None:
    """Redis comes back from its log with the page from before the edit, and with the views from before it died."""
    address = f"/api/page/content/{page.id}/"

    def read() -> tuple[str, int]:
        document = client.get(address).json
        return document["title"], document["contents"][0]["counter"]

    assert [read() for _ in range(3)] == [("Old", 0), ("Old", 1), ("Old", 2)]
    redis_server.stop(signal.SIGKILL)
    edit(page, title="New")
    for _ in range(2):
        assert read()[0] == "New"
    redis_server.start()
    assert [read() for _ in range(3)] == [("New", 5), ("New", 6), ("New", 7)]
    with app.app_context():
        flush_views.run()
    assert factory.reload(item).counter == 8
    assert read() == ("New", 8)


def test_a_restart_between_two_requests_is_not_noticed(
    client: FlaskClient, redis_server: RedisServer, page: Page, item: ContentItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is so quick that the connection is still thought to be open."""
    monkeypatch.setattr(counting_client, "IDLE_SECONDS", math.inf)
    address = f"/api/page/content/{page.id}/"
    seen = [client.get(address).json["contents"][0]["counter"] for _ in range(2)]
    redis_server.stop(signal.SIGKILL)
    redis_server.start()
    seen += [client.get(address).json["contents"][0]["counter"] for _ in range(2)]
    assert seen == [0, 1, 2, 3]


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("is_bot", [False, True])
def test_a_view_whose_answer_is_lost_is_counted_once(
    app: Flask,
    client: FlaskClient,
    engine: Engine,
    factory: Factory,
    page: Page,
    item: ContentItem,
    monkeypatch: pytest.MonkeyPatch,
    counted: bool,
    is_bot: bool,
) -> None:
    """The connection breaks after the request, whether or not Redis received it."""
    address = f"/api/page/content/{page.id}/"
    headers = {"User-Agent": "Googlebot/2.1"} if is_bot else {}
    with app.app_context():
        client_of_thread = current.view_counter()._client_of_thread()
    client_of_thread.reconnect()  # Redis was down in the previous test
    assert client.get(address, headers=headers).json["contents"][0]["counter"] == 0
    connection = client_of_thread._connection
    answer = connection.read_response

    def lose() -> None:
        if counted:
            answer()
        connection.disconnect()
        raise RedisConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(connection, "read_response", lose)
        if not counted:
            patch.setattr(connection, "send_command", lambda *_: None)
        assert client.get(address, headers=headers).status_code == 200
    with Session(engine) as session:
        assert session.scalars(select(InDoubtCount.items)).all() == [[-item.id if is_bot else item.id]]
    with app.app_context():
        flush_views.run()
    now, counter = factory.reload(item), 0 if is_bot else 2
    assert (now.counter, now.bot_views) == (counter, 2 - counter)
    assert client.get(address).json["contents"][0]["counter"] == counter


def test_when_redis_comes_back_as_it_was_before_a_flush_no_view_is_counted_twice(
    app: Flask, client: FlaskClient, factory: Factory, redis: Redis, page: Page, item: ContentItem
) -> None:
    address = f"/api/page/content/{page.id}/"
    for _ in range(3):
        client.get(address)
    before = redis.dump(buffer.BUFFER)
    with app.app_context():
        flush_views.run()
        current.page_cache().redis.connection_pool.disconnect()
    redis.restore(buffer.BUFFER, 0, before)
    redis.set("cache:run", "another run of the server")
    with app.test_client() as other:
        assert other.get("/").status_code == 200  # the first process to connect
    assert [client.get(address).json["contents"][0]["counter"] for _ in range(2)] == [3, 4]
    with app.app_context():
        flush_views.run()
    assert factory.reload(item).counter == 5


@pytest.fixture
def refusing(redis: Redis) -> Iterator[Callable[[bool], object]]:
    """Make Redis refuse writes, as with a full disk or memory, but answer everything else and keep connections."""

    def refuse(does: bool) -> object:
        return redis.config_set("maxmemory", 1 if does else 0)

    yield refuse
    refuse(False)


@pytest.mark.parametrize("address", ["/", "/it/", "/api/page/content/{id}/", "/api/page/content/"])
def test_an_edit_that_redis_refuses_to_hear_of_is_read_at_once(
    client: FlaskClient,
    edit: Callable[..., None],
    page: Page,
    item: ContentItem,
    refusing: Callable[[bool], object],
    address: str,
) -> None:
    address = address.format(id=page.id)
    for _ in range(2):
        assert "Old" in client.get(address).text
    refusing(True)
    edit(page, title="New")
    assert "New" in client.get(address).text
    length = len(client.get(address).data)
    assert int(client.head(address).headers["Content-Length"]) == length
    refusing(False)
    for _ in range(2):
        assert "New" in client.get(address).text


def test_counters_go_on_when_redis_takes_changes_again(
    app: Flask, client: FlaskClient, factory: Factory, page: Page, item: ContentItem, refusing: Callable[[bool], object]
) -> None:
    address = f"/api/page/content/{page.id}/"

    def read() -> int:
        return int(client.get(address).json["contents"][0]["counter"])

    assert [read() for _ in range(2)] == [0, 1]
    refusing(True)
    for _ in range(3):
        read()
    refusing(False)
    assert [read() for _ in range(2)] == [5, 6]
    with app.app_context():
        flush_views.run()
    assert factory.reload(item).counter == 7


def test_when_redis_comes_back_empty_counting_goes_on(
    client: FlaskClient, factory: Factory, redis: Redis, page: Page, item: ContentItem, app: Flask
) -> None:
    address = f"/api/page/content/{page.id}/"
    client.get(address)
    with app.app_context():
        flush_views.run()
    redis.flushall()
    assert client.get(address).json["contents"][0]["counter"] == 1
    with app.app_context():
        flush_views.run()
    assert factory.reload(item).counter == 2
