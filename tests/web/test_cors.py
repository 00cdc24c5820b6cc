"""Scripts of other origins may read only what is public, and never with cookies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

import config
from cms import create_app
from cms.pages.models import ContentItem, Page
from tests.factories import Factory

ORIGIN = {"Origin": "https://app.example"}


@pytest.fixture
def readable(factory: Factory, page: Page, item: ContentItem) -> list[str]:
    """Addresses that other origins may read: existing, missing, and misspelt."""
    file = factory.media_file()
    factory.attached(factory.item(page, "video"), "video", file)
    return [
        *("/api/page/content/", f"/api/page/content/{page.id}/", "/swagger.json", "/swagger.yaml", file.url_path),
        *("/api/page/content/999/", "/api/page/content/?page=x", f"/api/page/content/0{page.id}/", "/media/nothing"),
        *("/api/page/content", "/API/page/content/"),
    ]


OTHERS = ["/", "/it/", "/nothing/", "/login", "/admin/", "/logout", "/language/ru", "/healthz", "/readyz", "/swagger/"]


@pytest.fixture
def with_origins(settings: config.Settings) -> Callable[[set[str]], FlaskClient]:
    def make(origins: set[str]) -> FlaskClient:
        return create_app(replace(settings, cors_origins=frozenset(origins))).test_client()

    return make


def test_all_origins_may_read_what_is_public(client: FlaskClient, readable: list[str]) -> None:
    for address in readable:
        for headers in ({}, ORIGIN, ORIGIN, {"Origin": "https://another.example"}):  # also from the cache
            answer = client.get(address, headers=headers)
            assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"], address
            exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
            assert {"ETag", "Content-Range", "Accept-Ranges", "Content-Length", "Retry-After"} <= set(exposed)
            assert "origin" not in answer.vary
        assert client.head(address, headers=ORIGIN).headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_request_is_answered(client: FlaskClient, readable: list[str]) -> None:
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range, if-none-match"}
    for address in readable[:4]:
        answer = client.options(address, headers={**ORIGIN, **asked})
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert answer.headers["Access-Control-Allow-Headers"] == "*"
        assert int(answer.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("address", OTHERS)
def test_nothing_else_may_be_read(client: FlaskClient, page: Page, address: str) -> None:
    for method in (client.get, client.options, client.post):
        assert _cors(method(address, headers=ORIGIN)) == []


def test_cookies_are_of_no_use_to_other_origins(client: FlaskClient, readable: list[str]) -> None:
    for address in readable:
        assert "Access-Control-Allow-Credentials" not in client.get(address, headers=ORIGIN).headers


def test_some_origins_may_read_it_and_others_may_not(
    with_origins: Callable[[set[str]], FlaskClient], readable: list[str]
) -> None:
    client = with_origins({"https://app.example", "https://second.example:81"})
    for address in readable:
        for _ in range(2):
            for origin in ("https://app.example", "https://second.example:81", "https://APP.example"):
                answer = client.get(address, headers={"Origin": origin})
                assert answer.headers.getlist("Access-Control-Allow-Origin") == [origin], address
                assert "origin" in answer.vary
            for headers in ({}, {"Origin": "https://app.example.evil.example"}, {"Origin": "http://app.example"}):
                answer = client.get(address, headers=headers)
                assert _cors(answer) == [], address
                assert "origin" in answer.vary, "or a cache would give it to those who may"


def test_it_can_be_turned_off(with_origins: Callable[[set[str]], FlaskClient], readable: list[str]) -> None:
    client = with_origins({"none"})
    for address in readable:
        assert _cors(client.get(address, headers=ORIGIN)) == []


def _cors(answer: Any) -> list[str]:
    return [name for name, _ in answer.headers if name.lower().startswith("access-control")]
