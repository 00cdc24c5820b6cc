"""Counted answers: ETags without counters, 304s that count, and compression, with and without Flask."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cms.http.counted import SMALLEST_COMPRESSED
from cms.pages.models import ContentItem, Page
from tests.factories import Factory
from tests.servers import RedisServer

#: Long enough to be compressed.
WORDS = "Words that are said, heard and said again. " * 40
ADDRESSES = [
    "/api/page/content/{id}/",
    "/api/page/content/?page_size=10",
    "/api/page/content/?page_size=7",
    "/it/",
    "/",
]
#: The Accept-Encoding header, and the coding of the answer.
CODINGS = [
    (None, None),
    ("", None),
    ("identity", None),
    ("gzip", "gzip"),
    ("gzip, deflate, br, zstd", "gzip"),
    ("br", "br"),
    ("br, gzip;q=0", "br"),
    ("gzip;q=0", None),
    ("gzip;q=0, *", "br"),
    ("*;q=0", None),
    ("deflate", None),
]


@pytest.fixture
def item(factory: Factory, page: Page) -> ContentItem:
    factory.change(page, text=WORDS)
    return factory.item(page, title="Item")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_tag_stands_for_all_but_the_counters(
    client: FlaskClient, page: Page, item: ContentItem, edit: Callable[..., None], address: str
) -> None:
    address = address.format(id=page.id)
    answers = [client.get(address, headers={"Accept-Encoding": coding}) for coding in ("", "gzip", "br", "")]
    [tag] = {answer.headers["ETag"] for answer in answers}
    assert re.fullmatch('W/"[0-9a-f]{24}"', tag)
    edit(page, title="Another")
    assert client.get(address).headers["ETag"] != tag


@pytest.mark.parametrize("address", ["/api/page/content/{id}/", "/it/"])
def test_who_has_it_gets_304_which_counts(
    client: FlaskClient, page: Page, item: ContentItem, counter: Callable[[], int], address: str
) -> None:
    address = address.format(id=page.id)
    first = client.get(address)
    tag = first.headers["ETag"]
    for number, known in enumerate((tag, tag.removeprefix("W/"), f'"other", {tag}', "*"), start=1):
        answer = client.get(address, headers={"If-None-Match": known, "Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.data) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy"):
            assert answer.headers[name] == first.headers[name]
        assert not {"Content-Type", "Content-Encoding", "Content-Length"} & set(answer.headers.keys())
        assert counter() == number + 1
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_no_browser_shows_an_old_counter_again(
    client: FlaskClient, factory: Factory, page: Page, edit: Callable[..., None]
) -> None:
    """It would revalidate what it stored, and be told that nothing has changed."""
    for expected in ("private, no-cache", "private, no-store"):
        for address in ("/it/", f"/api/page/content/{page.id}/"):
            for _ in range(2):
                assert client.get(address).headers["Cache-Control"] == expected
        factory.item(page, title="Item")
        edit(page, title="With an item")


def test_304_ends_with_an_edit(client: FlaskClient, page: Page, item: ContentItem, edit: Callable[..., None]) -> None:
    address = f"/api/page/content/{page.id}/"
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    edit(page, title="Another")
    answer = client.get(address, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json["title"]) == (200, "Another")


def test_a_process_that_begins_with_304_says_the_same_later(
    client: FlaskClient, page: Page, item: ContentItem, app: Flask
) -> None:
    """It must not remember the headers of a 304, which has fewer."""
    address = f"/api/page/content/{page.id}/"
    whole = client.get(address)
    tag = whole.headers["ETag"]
    language = {"Accept-Language": "en-GB"}  # another line, so another first request
    assert client.get(address, headers={**language, "If-None-Match": tag}).status_code == 304
    for _ in range(2):
        assert _but_id(client.get(address, headers=language).headers) == _but_id(whole.headers)
    assert client.get(address, headers={**language, "If-None-Match": tag}).status_code == 304


def test_head_says_what_get_would_and_counts_nothing(
    client: FlaskClient, page: Page, item: ContentItem, counter: Callable[[], int]
) -> None:
    address = f"/api/page/content/{page.id}/"
    for asked in ({}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "br"}):
        before = counter()
        head = client.head(address, headers=asked)
        assert (head.status_code, head.data, counter()) == (200, b"", before)
        assert _but_id(head.headers) == _but_id(client.get(address, headers=asked).headers)
    before = counter()
    known = {"If-None-Match": head.headers["ETag"]}
    assert client.head(address, headers=known).status_code == 304
    assert counter() == before


def test_if_match_never_holds_for_a_weak_tag(
    client: FlaskClient, page: Page, item: ContentItem, counter: Callable[[], int]
) -> None:
    address = f"/api/page/content/{page.id}/"
    tag = client.get(address).headers["ETag"]
    for known in (tag, tag.removeprefix("W/"), '"other"'):
        answer = client.get(address, headers={"If-Match": known})
        assert (answer.status_code, answer.data) == (412, b"")
    assert counter() == 1
    assert client.get(address, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_coding_is_one_that_the_client_takes(
    client: FlaskClient, page: Page, item: ContentItem, address: str
) -> None:
    address = address.format(id=page.id)
    for number, (accepted, coding) in enumerate(CODINGS):
        asked = {"Accept-Language": f"en;q=0.{number + 1}"}
        if accepted is not None:
            asked["Accept-Encoding"] = accepted
        for _ in range(2):  # first by Flask, then without it
            answer = client.get(address, headers=asked)
            assert answer.status_code == 200
            assert answer.headers.get("Content-Encoding") == coding, accepted
            assert "Accept-Encoding" in answer.headers["Vary"]
            assert answer.headers["Content-Length"] == str(len(answer.data))
            assert _but_counters(_decoded(answer)) == _but_counters(client.get(address).data)


def test_each_reading_has_its_own_counter_in_whatever_coding(
    client: FlaskClient, page: Page, item: ContentItem
) -> None:
    """This also holds when a counter gets another digit."""
    codings = ["gzip", "br", ""] * 40
    seen = []
    for coding in codings:
        answer = client.get(f"/api/page/content/{page.id}/", headers={"Accept-Encoding": coding})
        seen.append(json.loads(_decoded(answer))["contents"][0]["counter"])
    assert seen == list(range(120))


def test_what_is_short_stays_as_it_is(client: FlaskClient, factory: Factory) -> None:
    address = f"/api/page/content/{factory.page('Short').id}/"
    for _ in range(2):
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert len(answer.data) < SMALLEST_COMPRESSED
        assert "Content-Encoding" not in answer.headers


def test_without_redis_as_well(
    app: Flask, client: FlaskClient, redis_server: RedisServer, page: Page, item: ContentItem, engine: Engine
) -> None:
    address = f"/api/page/content/{page.id}/"
    tag = client.get(address).headers["ETag"]
    redis_server.stop()
    try:
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert (answer.headers["Content-Encoding"], answer.headers["ETag"]) == ("gzip", tag)
        assert json.loads(_decoded(answer))["title"] == page.title
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
        with Session(engine) as session:
            assert session.scalar(select(ContentItem.counter)) == 2
    finally:
        redis_server.start()


@pytest.fixture
def counter(redis: Redis, engine: Engine, item: ContentItem) -> Callable[[], int]:
    """A counter that neither a page nor the API contains otherwise."""

    def look() -> int:
        return int(redis.hget("views:buffer", str(item.id)) or 0)

    return look


def _decoded(answer: TestResponse) -> bytes:
    decode = {"gzip": gzip.decompress, "br": brotli.decompress}
    return bytes(decode.get(answer.headers.get("Content-Encoding", ""), bytes)(answer.data))


def _but_counters(body: bytes) -> bytes:
    return re.sub(rb'"counter":\d+|<b>\d+</b>', b"", body)


def _but_id(headers: Any) -> list[tuple[str, str]]:
    return sorted(header for header in headers if header[0] != "X-Request-ID")
