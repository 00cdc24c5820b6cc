"""Errors say what went wrong without internals: as JSON for API clients, as a page for all others."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.test import create_environ, run_wsgi_app

from cms.api import delivery as api
from cms.pages import pages
from cms.web import site
from tests.conftest import csrf_token
from tests.factories import Factory

INSIDE = ("secret detail", "Traceback", "RuntimeError", "OperationalError", "SELECT", ".py", "sqlalchemy")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Every page fails with this fault."""

    def breaks(fault: Exception) -> None:
        def fail(*_: object, **__: object) -> None:
            raise fault

        for name in ("page_document", "is_published", "page_id"):
            monkeypatch.setattr(pages, name, fail)
        for module in (api, site):
            monkeypatch.setattr(module, "page_listing", fail)

    return breaks


@pytest.mark.parametrize("address", ["/", "/it/", "/api/page/content/", "/api/page/content/1/"])
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (RuntimeError("secret detail"), 500),
        (OperationalError("SELECT secret detail", {}, Exception("secret detail")), 503),
        (PoolTimeout("secret detail: QueuePool limit of size 8"), 503),
    ],
)
def test_a_fault_of_ours_shows_nothing_of_it(
    client: FlaskClient, broken: Callable[[Exception], None], address: str, fault: Exception, status: int
) -> None:
    broken(fault)
    answer = client.get(address)
    assert answer.status_code == status
    assert [word for word in INSIDE if word in answer.text] == []
    if address.startswith("/api/"):
        assert answer.mimetype == "application/problem+json"
        assert answer.json
        assert answer.json["status"] == status
        assert answer.json["detail"].endswith(".")
    else:
        assert answer.mimetype == "text/html"
        assert "<h1" in answer.text


def test_a_fault_is_told_to_the_log(
    client: FlaskClient, broken: Callable[[Exception], None], caplog: pytest.LogCaptureFixture
) -> None:
    broken(RuntimeError("secret detail"))
    answer = client.get("/")
    assert "secret detail" in caplog.text
    assert answer.headers["X-Request-ID"] in caplog.text


def test_an_error_page_speaks_the_visitors_language(client: FlaskClient) -> None:
    for language, word in (("en", "There is nothing at this address"), ("ru", "ет")):
        answer = client.get("/nothing/", headers={"Accept-Language": language})
        assert answer.status_code == 404
        assert f'lang="{language}"' in answer.text
        assert word in answer.text


@pytest.mark.parametrize("path", ["/<script>alert(1)</script>/", "/api/<script>/", "/?page=<script>alert(1)</script>"])
def test_an_address_is_shown_as_text_if_at_all(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<script>" not in answer.text


def test_a_method_that_is_not_taken(client: FlaskClient) -> None:
    answer = client.put("/healthz")
    assert answer.status_code == 405
    assert answer.mimetype == "text/html"
    answer = client.options("/healthz")
    assert answer.status_code == 200


def test_a_file_that_is_too_large_is_refused_in_words(
    signed_in: FlaskClient, with_settings: Callable[..., None], factory: Factory
) -> None:
    with_settings(max_upload_bytes=2**20)
    page = factory.page()
    token = csrf_token(signed_in)
    files = {"video_file": (BytesIO(bytes(2**20 + 1)), "film.mp4")}
    data = {"csrf_token": token, "page": str(page.id), "title": "x", "order": "0", **files}
    answer = signed_in.post("/admin/video/new/", data=data)
    assert answer.status_code == 413
    assert "at most 1 MB" in answer.text


def test_a_text_that_is_too_long_is_refused_in_words(signed_in: FlaskClient) -> None:
    data = {"csrf_token": csrf_token(signed_in), "title": "x", "text": "x" * (3 * 2**20)}
    answer = signed_in.post("/admin/page/new/", data=data, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert "The text is too long: at most 2 MB is allowed." in answer.text


@pytest.mark.parametrize("path", ["/admin/page/new/", "/admin/page/delete/", "/admin/page/action/"])
def test_what_is_too_large_to_be_kept_of_somebody_who_was_signed_out_says_so(client: FlaskClient, path: str) -> None:
    size = 3 * 2**20 if path.endswith("new/") else 3
    data = {"csrf_token": "of another session", "video_file": (BytesIO(bytes(size)), "a.mp4")}
    answer = client.post(path, data=data)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    assert "You are no longer signed in." in client.get("/login").text


def test_a_form_that_is_too_large_is_refused_in_words(client: FlaskClient) -> None:
    answer = client.post("/login", data={"email": "x" * (3 * 2**20), "password": "x"})
    assert answer.status_code == 413
    assert "The text is too long: at most 2 MB is allowed." in answer.text
    answer = client.post("/login", data={"email": "x", "file": (BytesIO(bytes(3 * 2**20)), "a.mp4")})
    assert answer.status_code == 413
    assert "The form is too large. To send files, sign in first." in answer.text


def test_of_a_form_without_files_no_file_is_too_large(signed_in: FlaskClient) -> None:
    answer = signed_in.post("/login", data={"email": "x" * (20 * 2**20), "password": "x"})
    assert answer.status_code == 413
    assert "The text is too long: at most" in answer.text


def test_every_answer_has_an_id(app: Flask, client: FlaskClient) -> None:
    ids = [client.get(address).headers["X-Request-ID"] for address in ("/", "/nothing/", "/api/nothing/", "/healthz")]
    assert len(set(ids)) == 4


@pytest.mark.parametrize("host", ["[1:2]", "a..b", f"{'a' * 70}.example.com", "my_app:8000", "a b"])
@pytest.mark.parametrize("address", ["/", "/it/", "/api/page/content/", "/api/page/content/1/"])
def test_a_host_that_is_no_name_is_told(client: FlaskClient, factory: Factory, host: str, address: str) -> None:
    """The site's addresses are made from the host, so no page can be shown."""
    factory.page(slug="it")
    environ = {**create_environ(address), "HTTP_HOST": host}  # which the test client would not send
    body, status, headers = run_wsgi_app(client.application, environ, buffered=True)
    assert status == "400 BAD REQUEST"
    assert b"The request could not be understood." in b"".join(body)
    assert headers["X-Content-Type-Options"] == "nosniff"
    if address.startswith("/api/"):
        assert headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "web"])
def test_a_host_that_is_a_name_is_what_addresses_begin_with(client: FlaskClient, factory: Factory, host: str) -> None:
    page = factory.page()
    assert client.get(f"/api/page/content/{page.id}/", headers={"Host": host}).json["url"].startswith(f"http://{host}/")
