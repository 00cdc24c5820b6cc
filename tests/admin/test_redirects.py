"""Addresses that pages had before lead to where they are."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cms.pages.models import Page
from cms.web import site
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def page(factory: Factory) -> Page:
    return factory.page("Dawn", slug="dawn")


def post(client: FlaskClient, address: str, **fields: Any) -> str:
    form = {"csrf_token": csrf_token(client), **fields}
    return str(client.post(address, data=form, follow_redirects=True).text)


def rename(client: FlaskClient, page: Page, slug: str, **fields: str) -> None:
    post(client, f"/admin/page/edit/?id={page.id}", title=page.title, slug=slug, is_published="y", **fields)


def leads_to(client: FlaskClient, slug: str) -> str | None:
    answer = client.get(f"/{slug}/")
    assert answer.status_code in (200, 301, 404)
    return answer.headers.get("Location")


def test_old_addresses_lead_to_the_present_one(signed_in: FlaskClient, page: Page) -> None:
    for slug in ("dusk", "night"):
        rename(signed_in, page, slug)
    assert [leads_to(signed_in, slug) for slug in ("dawn", "dusk", "night")] == ["/night/", "/night/", None]
    answer = signed_in.get("/dawn/")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    listed = signed_in.get("/admin/redirect/").text
    assert "/dawn/" in listed
    assert "/dusk/" in listed


def test_a_page_that_comes_back_to_its_address_is_there(signed_in: FlaskClient, page: Page) -> None:
    rename(signed_in, page, "dusk")
    rename(signed_in, page, "dawn")
    assert [leads_to(signed_in, slug) for slug in ("dawn", "dusk")] == [None, "/dawn/"]


def test_another_page_may_have_the_old_address(signed_in: FlaskClient, factory: Factory, page: Page) -> None:
    rename(signed_in, page, "dusk")
    post(signed_in, "/admin/page/new/", title="Another dawn", slug="dawn", is_published="y")
    assert "Another dawn" in signed_in.get("/dawn/").text
    assert "/dawn/" not in signed_in.get("/admin/redirect/").text


def test_to_a_page_that_nobody_may_see_nothing_leads(signed_in: FlaskClient, factory: Factory, page: Page) -> None:
    rename(signed_in, page, "dusk")
    factory.change(page, is_published=False)
    assert signed_in.get("/dawn/").status_code == 404


@pytest.mark.parametrize("target", ["/about/", "/admin/", "https://example.com/a?b=c"])
def test_an_editor_gives_an_address(signed_in: FlaskClient, target: str) -> None:
    assert "Redirect saved." in post(signed_in, "/admin/redirect/new/", slug="old", target=target)
    assert leads_to(signed_in, "old") == target


def test_a_redirect_to_a_page_can_be_changed_and_deleted(signed_in: FlaskClient, factory: Factory, page: Page) -> None:
    post(signed_in, "/admin/redirect/new/", slug="old", page=page.id)
    assert leads_to(signed_in, "old") == "/dawn/"
    other = factory.page("Other", slug="other")
    post(signed_in, "/admin/redirect/edit/?id=1", slug="old", page=other.id)
    listed = signed_in.get("/admin/redirect/").text
    assert 'href="/admin/redirect/edit/?id=' in listed
    number = listed.split('href="/admin/redirect/edit/?id=')[1].split('"')[0].split("&")[0]
    post(signed_in, f"/admin/redirect/edit/?id={number}", slug="old", page=other.id)
    assert leads_to(signed_in, "old") == "/other/"
    assert "Redirect deleted." in post(signed_in, "/admin/redirect/delete/", id=number)
    assert leads_to(signed_in, "old") is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"slug": "dawn", "target": "/x/"}, "A page has this address."),
        ({"slug": "admin", "target": "/x/"}, "This address is used by the site itself."),
        ({"slug": "old", "target": "/old/"}, "This address would lead back to itself."),
        ({"slug": "b", "target": "/a/"}, "This address would lead back to itself."),
        ({"slug": "b", "target": "/./%61/?again"}, "This address would lead back to itself."),
        ({"slug": "b", "target": "/c/../a"}, "This address would lead back to itself."),
        ({"slug": "old", "target": "http://localhost/old/"}, "This address would lead back to itself."),
        ({"slug": "a", "target": "/x/"}, "This is already taken."),
        ({"slug": "old", "target": "x"}, "Write a path of this site, like /about/, or an address with https://."),
        ({"slug": "old", "target": "//evil.example/"}, "Write a path of this site"),
        ({"slug": "old", "target": "javascript:alert(1)"}, "Write a path of this site"),
        ({"slug": "old"}, "Choose a page, or write an address, and not both."),
        ({"slug": "Old", "target": "/x/"}, "Use lowercase Latin letters, digits and hyphens."),
        ({"slug": "", "target": "/x/"}, "Please fill in this field."),
    ],
)
def test_what_leads_nowhere_is_refused(signed_in: FlaskClient, page: Page, fields: dict[str, str], reason: str) -> None:
    post(signed_in, "/admin/redirect/new/", slug="a", target="/b/")
    told = post(signed_in, "/admin/redirect/new/", **fields)
    assert reason in told
    assert "Redirect saved." not in told


def test_under_a_prefix_redirects_stay_there(app: Flask, signed_in: FlaskClient, page: Page) -> None:
    post(signed_in, "/admin/redirect/new/", slug="old", target="/about/")
    rename(signed_in, page, "dusk")
    for slug, target in (("old", "/sub/about/"), ("dawn", "/sub/dusk/")):
        with app.test_request_context(f"/{slug}/", base_url="http://localhost/sub/"):
            answer = site.page(slug)
        assert answer.headers["Location"] == target
