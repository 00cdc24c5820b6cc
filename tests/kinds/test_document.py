"""Documents on a visitor's page: links that save a file, and say what it is before."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tests.factories import Factory


def test_a_link_says_what_it_saves(client: FlaskClient, factory: Factory) -> None:
    page = factory.page(slug="it")
    factory.change(file := factory.media_file(bytes(3_500_000), "document"), facts={"pages": 1})
    factory.attached(factory.item(page, "document", text="For *summer*."), "document", file)
    html = client.get("/it/").text
    link = re.search(r'<a [^>]*href="/media/[^"]+\.pdf" download[^>]*>(.*?)</a>', html, re.DOTALL)
    assert link
    assert "<b>Download the document</b> <small>PDF · 1 page · 3.3 MB</small>" in link[1]
    assert "<p>For <em>summer</em>.</p>" in html


def test_one_that_nobody_has_looked_into_is_shown(client: FlaskClient, factory: Factory) -> None:
    factory.with_media(factory.page(slug="it"), "document")
    assert "<small>PDF · 64 bytes</small>" in client.get("/it/").text


def test_a_document_elsewhere_is_a_link(client: FlaskClient, factory: Factory) -> None:
    factory.item(factory.page(slug="it"), "document", document_url="https://documents.example/a.pdf")
    html = client.get("/it/").text
    assert 'href="https://documents.example/a.pdf"' in html
    assert "Read the document on another site" in html
