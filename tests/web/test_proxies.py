"""Behind proxies: the client's address, and the site's address as the visitor sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import request

import config
from cms import create_app
from tests.factories import Factory

#: A visitor at 203.0.113.7, through an HTTPS proxy at 10.0.0.9, and nginx.
HEADERS = {
    "Host": "web:8000",
    "X-Forwarded-For": "198.51.100.1, 203.0.113.7, 10.0.0.9",  # the first one is claimed by the visitor
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "site.example",
}


@pytest.mark.parametrize(
    ("proxies", "client", "site"),
    [
        (0, "127.0.0.1", "http://web:8000/"),
        (1, "10.0.0.9", "https://site.example/"),
        (2, "203.0.113.7", "https://site.example/"),
    ],
)
def test_as_many_are_believed_as_are_trusted(
    settings: config.Settings, factory: Factory, proxies: int, client: str, site: str
) -> None:
    page, seen = factory.page(), []
    app = create_app(replace(settings, trusted_proxies=proxies))
    app.before_request(lambda: seen.append(request.remote_addr))
    for _ in range(2):  # the second answer comes from the cache
        answer = app.test_client().get(f"/api/page/content/{page.id}/", headers=HEADERS)
        assert answer.json["url"].startswith(site)
    assert set(seen) == {client}


@pytest.mark.parametrize("scheme", ["javascript", "https://evil.example/", ""])
def test_a_scheme_that_is_none_of_the_webs_is_not_passed_on(
    settings: config.Settings, factory: Factory, scheme: str
) -> None:
    page = factory.page()
    app = create_app(replace(settings, trusted_proxies=1))
    answer = app.test_client().get(f"/api/page/content/{page.id}/", headers={**HEADERS, "X-Forwarded-Proto": scheme})
    assert (answer.status_code, scheme in answer.text) == (400, False) if scheme else answer.status_code == 200
