"""The security headers of every answer, whatever the address."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from tests.factories import Factory

ADDRESSES = [
    "/",
    "/it/",
    "/nothing/",
    "/login",
    "/swagger/",
    "/redoc/",
    "/api/page/content/",
    "/healthz",
    "/language/ru",
]
ADMIN = ["/admin/", "/admin/page/", "/admin/page/new/", "/admin/video/", "/admin/video/new/", "/admin/text/new/"]


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: values for name, *values in parts}


@pytest.fixture
def site(factory: Factory) -> None:
    page = factory.page(slug="it", text="*words*")
    for kind in ("video", "audio", "text"):
        factory.with_media(page, kind)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_has_the_headers(client: FlaskClient, site: None, address: str) -> None:
    _check_headers(client.get(address))


@pytest.mark.parametrize("address", ADMIN)
def test_the_admin_has_them_too(signed_in: FlaskClient, site: None, address: str) -> None:
    answer = signed_in.get(address)
    assert answer.status_code == 200
    _check_headers(answer)


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address != "/redoc/"])
def test_no_style_is_inline(client: FlaskClient, site: None, address: str) -> None:
    policy = directives(client.get(address).headers["Content-Security-Policy"])
    assert policy["style-src"] == ["'self'"]
    assert " style=" not in client.get(address).text


@pytest.mark.parametrize("address", ["/", "/it/", "/login", "/nothing/"])
def test_nothing_is_loaded_from_elsewhere(client: FlaskClient, site: None, address: str) -> None:
    text = client.get(address).text
    loaded = re.findall(r'<(?:script|link|img|source|track|iframe)\b[^>]*?(?:src|href)="([^"]*)"', text)
    assert loaded
    assert [found for found in loaded if not re.match(r"/(?!/)|data:", found)] == []


@pytest.mark.parametrize("address", ["/", "/it/", "/login", "/swagger/", "/redoc/"])
def test_static_files_are_there_and_cached_for_good(client: FlaskClient, site: None, address: str) -> None:
    files = set(re.findall(r'"(/static/[^"]+)"', client.get(address).text))
    assert files
    for file in files:
        answer = client.get(file)
        assert answer.status_code == 200, file
        assert "immutable" in answer.headers["Cache-Control"], file


def test_a_nonce_is_of_one_response_alone(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    page = '<script nonce="{{ csp_nonce() }}"></script><script nonce="{{ csp_nonce() }}"></script>'
    monkeypatch.setitem(app.view_functions, "auth.login", lambda: render_template_string(page))
    seen = []
    for _ in range(3):
        answer = client.get("/login")
        [nonce] = set(re.findall(r'nonce="([^"]+)"', answer.text))
        policy = directives(answer.headers["Content-Security-Policy"])
        assert policy["script-src"] == ["'self'", f"'nonce-{nonce}'"]
        assert len(nonce) >= 22, "128 bits"
        seen.append(nonce)
    assert len(set(seen)) == 3


def _check_headers(answer) -> None:  # type: ignore[no-untyped-def]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    policy = directives(answer.headers["Content-Security-Policy"])
    scripts = [source for source in policy["script-src"] if not source.startswith("'nonce-")]
    assert scripts == ["'self'"]
    assert policy["default-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    nonces = re.findall(r"'nonce-([^']+)'", " ".join(policy["script-src"]))
    if answer.mimetype == "text/html":
        for attributes in re.findall(r"<script\b([^>]*)>", answer.text):
            if 'type="application/json"' not in attributes:
                assert "src=" in attributes or any(f'nonce="{nonce}"' in attributes for nonce in nonces), attributes
        assert re.findall(r"<[^>]*\son[a-z]+=[\"']", answer.text) == []
        assert 'href="javascript:' not in answer.text


@pytest.mark.parametrize("address", ["/login", "/login?next=/admin/", "/nothing/", "/api/nothing/", "/healthz", "/it"])
def test_what_says_nothing_about_caching_is_not_stored(client: FlaskClient, site: None, address: str) -> None:
    for _ in range(2):
        assert client.get(address).headers["Cache-Control"] == "no-store"
    assert client.post("/login", data={"email": "a@b"}).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", [*ADMIN, "/admin/status/?upload=1", "/admin/page/edit/?id=0", "/admin/nothing/"])
def test_the_admin_is_not_stored(client: FlaskClient, signed_in: FlaskClient, site: None, address: str) -> None:
    assert signed_in.get(address).headers["Cache-Control"] == "no-store"
    assert signed_in.application.test_client().get(address).headers["Cache-Control"] == "no-store"


def test_pages_and_files_keep_what_they_say_themselves(client: FlaskClient, site: None) -> None:
    for address, kept in (("/", "no-cache"), ("/it/", "no-store"), ("/api/page/content/", "no-store")):
        assert client.get(address).headers["Cache-Control"] == f"private, {kept}"
    path, *_ = sorted(set(re.findall(r'<source src="(/media/[^"]+)"', client.get("/it/").text)))
    assert "immutable" in client.get(path).headers["Cache-Control"]
