"""Plays over HTTP: what a page's token counts, and what is refused in words and counts nothing."""

from __future__ import annotations

import gzip
import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cms.pages.models import ContentItem, Page
from cms.tasks import flush_views
from cms.view_counts import play_tokens
from tests.factories import Factory
from tests.servers import RedisServer
from tests.web.test_counting import BOT, PREFETCH

pytestmark = pytest.mark.both_databases


@pytest.fixture
def film(factory: Factory, page: Page) -> ContentItem:
    return factory.with_media(page, "video", title="A film")


@pytest.fixture
def visitor(app: Flask, client: FlaskClient) -> FlaskClient:
    """A visitor without cookies, to a process that has just started."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def plays(app: Flask, factory: Factory, film: ContentItem) -> Callable[[], int]:
    def flushed() -> int:
        with app.app_context():
            flush_views.run()
        return int(factory.reload(film).plays)

    return flushed


def token_in(client: FlaskClient, **headers: str) -> str:
    found = re.search(r'data-token="([^"]*)" data-to="/plays/"', client.get("/it/", headers=headers).text)
    assert found
    return found[1]


def send(client: FlaskClient, token: str, item: ContentItem | int | str, **headers: str) -> TestResponse:
    number = item.id if isinstance(item, ContentItem) else item
    return client.post("/plays/", data={"token": token, "item": number}, headers=headers)


def assert_refused(answer: TestResponse, status: int, words: str) -> None:
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert words in answer.json["detail"]
    assert "Set-Cookie" not in answer.headers


def test_each_page_load_counts_one_play(visitor: FlaskClient, film: ContentItem, plays: Callable[[], int]) -> None:
    tokens = [token_in(visitor) for _ in range(3)]
    assert len(set(tokens)) == 3, "also those of the fast path"
    for token in tokens:
        answer = send(visitor, token, film)
        assert (answer.status_code, answer.data, answer.headers.get("Set-Cookie")) == (204, b"", None)
        assert_refused(send(visitor, token, film), 409, "counted already")
    assert plays() == 3
    assert_refused(send(visitor, tokens[0], film), 409, "counted already")
    assert plays() == 3


def test_replays_at_once_count_one(
    app: Flask, visitor: FlaskClient, film: ContentItem, plays: Callable[[], int]
) -> None:
    token = token_in(visitor)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(app.test_client(), token, film).status_code, range(24)))
    assert sorted(answers) == [204] + [409] * 23
    assert plays() == 1


def test_what_is_wrong_is_said_and_counts_nothing(
    visitor: FlaskClient, film: ContentItem, item: ContentItem, factory: Factory, plays: Callable[[], int]
) -> None:
    token = token_in(visitor)
    elsewhere = factory.with_media(factory.page(), "video")
    for data in (
        {},
        {"token": token},
        {"item": film.id},
        {"token": token, "item": "x"},
        {"token": token, "item": "9" * 99},
    ):
        assert_refused(visitor.post("/plays/", data=data), 400, "token")
    assert_refused(send(visitor, token[:-1] + ("0" if token[-1] != "0" else "1"), film), 403, "not from a page")
    assert_refused(send(visitor, token, elsewhere), 403, "without this item")
    assert_refused(send(visitor, token, item), 403, "without this item")  # a text is on the page, and cannot be played
    assert_refused(send(visitor, token, film, **BOT), 403, "bots")
    assert_refused(send(visitor, "x", film, **{"Accept-Language": "ru"}), 403, "Токен")
    assert plays() == 0
    assert send(visitor, token, film).status_code == 204


def test_an_expired_token_counts_nothing(
    visitor: FlaskClient, film: ContentItem, plays: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play_tokens, "TOKEN_SECONDS", -1)
    assert_refused(send(visitor, token_in(visitor), film), 403, "expired")
    assert plays() == 0


def test_who_is_not_counted_gets_no_token(visitor: FlaskClient, signed_in: FlaskClient, film: ContentItem) -> None:
    for _ in range(2):
        assert token_in(visitor).strip() != ""
        for blank in (token_in(visitor, **BOT), token_in(visitor, **PREFETCH), token_in(signed_in)):
            assert blank.endswith(" ")
            assert_refused(send(visitor, blank, film), 403, "not from a page")
    lengths = [len(visitor.get("/it/", headers=headers).data) for headers in ({}, BOT, PREFETCH)]
    assert lengths == [int(visitor.head("/it/").headers["Content-Length"])] * 3


def test_compressed_pages_have_tokens_too(visitor: FlaskClient, film: ContentItem, plays: Callable[[], int]) -> None:
    for _ in range(2):
        text = gzip.decompress(visitor.get("/it/", headers={"Accept-Encoding": "gzip"}).data).decode()
        assert send(visitor, text.split('data-token="')[1].split('"')[0], film).status_code == 204
    assert plays() == 2


def test_a_page_without_players_has_no_token(visitor: FlaskClient, page: Page, item: ContentItem) -> None:
    assert "data-token" not in visitor.get("/it/").text


def test_while_redis_is_away_it_is_asked_to_come_again(
    visitor: FlaskClient, film: ContentItem, plays: Callable[[], int], redis_server: RedisServer
) -> None:
    token = token_in(visitor)
    assert send(visitor, token, film).status_code == 204
    redis_server.stop(signal.SIGKILL)
    try:
        other = token_in(visitor)
        answer = send(visitor, other, film)
        assert_refused(answer, 503, "cannot be counted")
        assert answer.headers["Retry-After"]
    finally:
        redis_server.start()
    assert send(visitor, other, film).status_code == 204
    assert send(visitor, other, film).status_code == 409
    assert plays() == 2


def test_a_page_that_was_at_that_address_before_stays_there(visitor: FlaskClient, factory: Factory) -> None:
    factory.page("About plays", slug="plays")
    assert "About plays" in visitor.get("/plays/").text
