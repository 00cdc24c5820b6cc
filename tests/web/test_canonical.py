"""Canonical addresses: other spellings of an address redirect to it, and a missing page is 404 at once."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from cms.pages import pages
from cms.pages.models import ContentItem, Page
from tests.factories import Factory
from tests.web.requesting import request


@pytest.fixture
def published(factory: Factory, page: Page, item: ContentItem) -> Page:
    factory.page(slug="draft", published=False)
    return page


@pytest.mark.parametrize(
    ("spelled", "canonical"),
    [
        ("/it", "/it/"),
        ("//it/", "/it/"),
        ("/it//", "/it/"),
        ("///it", "/it/"),
        ("/it%2F", "/it/"),
        ("/it%2f", "/it/"),
        ("/%2Fit/", "/it/"),
        ("/It/", "/it/"),
        ("/IT", "/it/"),
        ("//", "/"),
        ("/%2F", "/"),
        ("/login/", "/login"),
        ("/LOGIN", "/login"),
        ("/healthz/", "/healthz"),
        ("/Swagger.json/", "/swagger.json"),
        ("/swagger", "/swagger/"),
        ("/Redoc", "/redoc/"),
        ("/admin", "/admin/"),
        ("/ADMIN/Page", "/admin/page/"),
        ("//admin//page/new/", "/admin/page/new/"),
        ("/api/page/content", "/api/page/content/"),
        ("/API/Page/Content/", "/api/page/content/"),
        ("/api//page/content/", "/api/page/content/"),
        ("/api/page/content/{id}", "/api/page/content/{id}/"),
        ("/api/page/content/00{id}/", "/api/page/content/{id}/"),
        ("//API/page/content/0{id}", "/api/page/content/{id}/"),
    ],
)
@pytest.mark.parametrize("query", ["", "?page=1&x=%2F%2Fevil.example"])
def test_another_spelling_leads_to_the_one_address(
    app: Flask, client: FlaskClient, published: Page, spelled: str, canonical: str, query: str
) -> None:
    spelled, canonical = (address.format(id=published.id) + query for address in (spelled, canonical))
    for _ in range(2):
        # It is there, and is remembered; only that the API has no such parameter.
        assert request(app, canonical).status_code in ((400,) if query and "api" in canonical else (200, 302))
        for method in ("GET", "HEAD"):
            answer = request(app, spelled, method)
            assert (answer.status_code, answer.headers["Location"]) == (308, canonical)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/robots.txt",
            "/nothing",
            "//nothing/",
            "/Nothing",
            "/nothing%2F",
            "/draft",
            "//draft/",
            "/DRAFT/",
            "/a%00",
            "//a%00/",
        ),
        *(
            "/api/page/content/999999",
            "/api/page/content/0999999/",
            "//api/page/content/999999/",
            "/api/page/content/1x",
        ),
        *(
            "/api/page/content/-1/",
            "/api/page/content/%D9%A1/",
            "/API/nothing/",
            "/api/page/content/01/x",
            "/api",
            "/API",
        ),
        *("/it/it/", "/it%252Fit/", "/static/nothing.css", "//static/nothing.css", "//media/2026/01/02/video/a-b.mp4"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_nowhere_is_404_at_once(app: Flask, published: Page, address: str, method: str) -> None:
    answer = request(app, address, method)
    assert answer.status_code == 404
    assert "Location" not in answer.headers
    is_api = address.lower().strip("/").startswith("api")
    assert answer.headers["Content-Type"].split(";")[0] == ("application/problem+json" if is_api else "text/html")


def test_the_server_as_a_whole_is_no_address(app: Flask) -> None:
    answer = request(app, "*", "OPTIONS")
    assert answer.status_code == 404
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "address", ["//evil.example/", "//evil.example/it/", "///evil.example", "/%2Fevil.example/%2e%2e"]
)
@pytest.mark.parametrize("slug", ["it", "evil.example"])
def test_none_leads_to_another_host(app: Flask, factory: Factory, address: str, slug: str) -> None:
    factory.page(slug=slug)
    for end in ("", "/", "?x", "%2F"):
        answer = request(app, address + end)
        assert answer.status_code in (308, 404)
        assert re.match(r"/(?![/\\])", answer.headers.get("Location", "/"))


def test_a_form_keeps_its_method(client: FlaskClient) -> None:
    answer = client.post("/admin/page/new", data={"title": "x"})
    assert (answer.status_code, answer.headers["Location"]) == (308, "/admin/page/new/")


def test_looking_counts_nothing(app: Flask, client: FlaskClient, published: Page) -> None:
    for spelled in ("/it", "//it/", "/IT/", f"/api/page/content/0{published.id}/"):
        assert request(app, spelled).status_code == 308
    assert client.get(f"/api/page/content/{published.id}/").json["contents"][0]["counter"] == 0


def test_a_database_that_is_away_is_said_rather_than_that_nothing_is_there(
    app: Flask, published: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(pages, "page_id", away)
    assert request(app, "/it").status_code == 503


def test_the_sites_icon_is_where_browsers_look_for_it(client: FlaskClient) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert answer.data.lstrip().startswith(b"<svg")
    assert "max-age=" in answer.headers["Cache-Control"]
    assert answer.headers["ETag"]
