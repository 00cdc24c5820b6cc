"""A reviewer without an account sees a page with its changes, for a week."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cms.http import reviewing
from cms.pages.models import Page
from tests.conftest import csrf_token
from tests.factories import Factory


@pytest.fixture
def page(factory: Factory) -> Page:
    page = factory.page("Dawn", slug="dawn", text="Not for everybody yet.", published=False)
    factory.item(page, "text", title="Words")
    return page


@pytest.fixture
def link(signed_in: FlaskClient, page: Page) -> str:
    """The path of a link that an editor has made."""
    form = {"csrf_token": csrf_token(signed_in), "id": page.id}
    told = signed_in.post("/admin/page/review/", data=form, follow_redirects=True).text
    found = re.search(r'href="http://[^/"]+(/review/[^"]+)"', told)
    assert found
    return found[1]


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_reviewer_sees_the_page(stranger: FlaskClient, link: str, factory: Factory, page: Page) -> None:
    answer = stranger.get(link)
    for words in ("Not for everybody yet.", "Words", "Draft"):
        assert words in answer.text
    assert "/admin/" not in answer.text
    assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    factory.change(page, text="Changed since.")
    assert "Changed since." in stranger.get(link).text


def test_a_link_expires(stranger: FlaskClient, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewing, "VALID_FOR", timedelta(seconds=-1))
    answer = stranger.get(link)
    assert answer.status_code == 404
    assert "This link has expired" in answer.text


def test_a_link_cannot_be_made_up(stranger: FlaskClient, link: str) -> None:
    for wrong in ("/review/1/", link[:-3] + "x/", link.replace("/review/", "/review/x")):
        assert stranger.get(wrong).status_code == 404


def test_what_is_in_the_trash_is_not_shown(stranger: FlaskClient, link: str, factory: Factory, page: Page) -> None:
    factory.change(page, deleted_at=page.created_at)
    assert stranger.get(link).status_code == 404


def test_only_editors_make_links(stranger: FlaskClient, page: Page) -> None:
    answer = stranger.post("/admin/page/review/", data={"id": page.id, "csrf_token": csrf_token(stranger)})
    assert answer.status_code in (302, 400)
    assert "/review/" not in answer.headers.get("Location", "")
