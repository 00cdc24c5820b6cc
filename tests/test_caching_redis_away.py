"""Redis away: pages still come, views are still counted; Redis back: nothing old is read, nothing is lost."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from cms.models import ContentItem, Page
from cms.tasks import flush_views
from tests.factories import Made
from tests.servers import RedisServer

pytestmark = pytest.mark.both_databases


@pytest.fixture
def no_redis(redis_server: RedisServer) -> Iterator[None]:
    redis_server.stop(signal.SIGKILL)
    yield
    if redis_server.process is None:
        redis_server.start()


def test_without_redis_pages_come_and_are_counted(
    client: FlaskClient, made: Made, page: Page, item: ContentItem, no_redis: None
) -> None:
    seen = [client.get(f"/api/page/content/{page.id}/").json["contents"][0]["counter"] for _ in range(3)]
    assert seen == [0, 1, 2]
    assert client.get("/it/").status_code == 200
    assert client.get("/").status_code == 200
    assert client.get("/api/page/content/").json["results"][0]["contents"][0]["counter"] == 4
    assert client.get("/nothing/").status_code == 404
    assert made.now_is(item).counter == 5


def test_without_redis_an_edit_is_saved_and_read(
    client: FlaskClient, edit: Callable[..., None], page: Page, no_redis: None
) -> None:
    edit(page, title="New")
    assert "New" in client.get("/it/").text


def test_when_redis_comes_back_nothing_old_is_read_and_no_view_is_lost(
    app: Flask,
    client: FlaskClient,
    made: Made,
    edit: Callable[..., None],
    redis_server: RedisServer,
    page: Page,
    item: ContentItem,
) -> None:
    """Redis comes back from its log with the page as it was before the edit, and with the views before its end."""
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
    assert made.now_is(item).counter == 8
    assert read() == ("New", 8)


def test_when_redis_comes_back_empty_counting_goes_on(
    client: FlaskClient, made: Made, redis: Redis, page: Page, item: ContentItem, app: Flask
) -> None:
    address = f"/api/page/content/{page.id}/"
    client.get(address)
    with app.app_context():
        flush_views.run()
    redis.flushall()
    assert client.get(address).json["contents"][0]["counter"] == 1
    with app.app_context():
        flush_views.run()
    assert made.now_is(item).counter == 2
