"""What is compressed, and what must not be."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask.testing import FlaskClient

from cms.http.codings import TOO_SHORT

LONG = ["/swagger.json", "/swagger.yaml", "/swagger/", "/redoc/", "/nothing/"]


@pytest.mark.parametrize("address", LONG)
def test_documentation_and_error_pages_are_compressed(client: FlaskClient, address: str) -> None:
    plain = client.get(address)
    assert len(plain.data) >= TOO_SHORT
    for coding, decode in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        answer = client.get(address, headers={"Accept-Encoding": coding})
        assert answer.status_code == plain.status_code
        assert answer.headers["Content-Encoding"] == coding
        assert answer.headers["Content-Length"] == str(len(answer.data))
        assert decode(answer.data) == plain.data
        head = client.head(address, headers={"Accept-Encoding": coding})
        assert head.headers["Content-Length"] == answer.headers["Content-Length"]
    for accepted in ("", "gzip;q=0", "*;q=0", "deflate"):
        answer = client.get(address, headers={"Accept-Encoding": accepted})
        assert answer.data == plain.data
        assert "Content-Encoding" not in answer.headers
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_short_error_stays_as_it_is(client: FlaskClient) -> None:
    answer = client.get("/api/page/content/1/", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.json["status"]) == (404, 404)
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("address", ["/admin/", "/admin/page/", "/admin/page/new/", "/admin/media/?q=word", "/login"])
def test_pages_with_a_token_are_not(signed_in: FlaskClient, address: str) -> None:
    """Their lengths would reveal the token, letter by letter (BREACH)."""
    if address == "/login":
        signed_in = signed_in.application.test_client()
    answer = signed_in.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert answer.status_code == 200
    assert "csrf" in answer.text
    assert "Content-Encoding" not in answer.headers
