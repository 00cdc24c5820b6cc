"""What another site plays: a player after a click where its host is allowed, a link everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cms.http import headers
from tests.conftest import csrf_token
from tests.factories import Factory

VIDEO = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"
ELSEWHERE = "https://tube.example/w/kkGMgK9ZtnKfYAgnEtQxbv"


def frames(client: FlaskClient) -> str:
    found = re.search(r"frame-src ([^;]*);", client.get("/it/").headers["Content-Security-Policy"])
    assert found
    return found[1]


def test_a_page_asks_no_other_host(client: FlaskClient, factory: Factory) -> None:
    factory.item(factory.page(slug="it"), "embed", title="A film", embed_url=VIDEO, text="By *Blender*.")
    html = client.get("/it/").text
    assert "<iframe" not in html
    assert re.search(
        r'<div class="embed film" data-player="https://www\.youtube-nocookie\.com/embed/aqz-KE-bpKQ\?', html
    )
    assert re.search(r'<button [^>]*type="button" hidden>', html), "without scripts there is the link alone"
    assert f'href="{VIDEO}"' in html
    assert "<p>By <em>Blender</em>.</p>" in html


def test_an_address_of_another_host_is_a_link(client: FlaskClient, factory: Factory) -> None:
    factory.item(factory.page(slug="it"), "embed", embed_url=ELSEWHERE)
    html = client.get("/it/").text
    assert "data-player" not in html
    assert f'href="{ELSEWHERE}"' in html


def test_the_policy_follows_the_setting(app: Flask, client: FlaskClient, factory: Factory) -> None:
    factory.page(slug="it")
    hosts = app.config["SETTINGS"].embed_hosts
    assert frames(client).split() == [f"https://{host}" for host in hosts]
    assert "https://www.youtube-nocookie.com" in frames(client)


@pytest.mark.parametrize(("address", "is_told"), [(VIDEO, False), (ELSEWHERE, True)])
def test_an_editor_is_told_of_what_becomes_a_link(
    signed_in: FlaskClient, factory: Factory, address: str, is_told: bool
) -> None:
    page = factory.page(slug="it")
    form = {"csrf_token": csrf_token(signed_in, "/admin/embed/new/"), "page": page.id, "title": "A", "is_active": "y"}
    answer = signed_in.post("/admin/embed/new/", data={**form, "embed_url": address}, follow_redirects=True)
    assert "Item saved." in answer.text
    told = f"Visitors get a link: a player for {address} cannot be shown here."
    assert (told in answer.text) is is_told


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "youtube"])
def test_without_an_address_nothing_is_saved(signed_in: FlaskClient, factory: Factory, address: str) -> None:
    page = factory.page(slug="it")
    form = {"csrf_token": csrf_token(signed_in, "/admin/embed/new/"), "page": page.id, "title": "A"}
    answer = signed_in.post("/admin/embed/new/", data={**form, "embed_url": address})
    assert answer.status_code == 200
    assert "This was not saved yet." in answer.text


def test_a_site_may_allow_no_host(app: Flask, with_settings: Callable[..., None]) -> None:
    with_settings(embed_hosts=())
    assert "frame-src 'none';" in headers._policy(app)
