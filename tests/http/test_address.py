"""The site's address: SITE_URL, its path as the prefix of everything, and which parts of a request are trusted."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

import config
from cms import create_app
from cms.pages.models import Page
from deploy.run import _addresses
from tests.conftest import csrf_token, sign_in
from tests.factories import Factory
from tests.web.requesting import request

#: In one worker, where each of its apps is made once.
pytestmark = pytest.mark.xdist_group("addresses")

SITE = "https://www.example.com/cms"
HOST = {"Host": "www.example.com"}
EVIL = "evil.example"


@pytest.fixture(scope="module")
def made_apps() -> dict[config.Settings, Flask]:
    """A cache of apps, because making one takes a moment."""
    return {}


@pytest.fixture
def app_at(settings: config.Settings, made_apps: dict[config.Settings, Flask]) -> Callable[..., Flask]:
    """The site at another address, on the same database."""

    def app_with(site_url: str, **changed: Any) -> Flask:
        wanted = replace(settings, site_url=site_url, **changed)
        if wanted not in made_apps:
            made_apps[wanted] = create_app(wanted)
        return made_apps[wanted]

    return app_with


@pytest.fixture
def moved(app_at: Callable[..., Flask]) -> Flask:
    return app_at(SITE)


@pytest.fixture
def full(factory: Factory) -> Page:
    """The second of three list pages, with an item of every kind."""
    factory.page("Oldest")
    page = factory.page("Old", slug="it")
    for kind in ("video", "audio", "text"):
        factory.with_media(page, kind)
    factory.page("Newest")
    return page


def addresses(text: str) -> set[str]:
    """The addresses that an HTML page links to, on any host."""
    found = re.findall(r"""\b(?:href|src|action|data-spec|data-status-url|data-reorder)="([^"#][^"]*)\"""", text)
    return {address.replace("&amp;", "&") for address in found if not address.startswith("data:")}


def test_everything_that_a_visitor_is_shown_lies_under_the_prefix(moved: Flask, full: Page) -> None:
    for address in ("/cms/", "/cms/it/", "/cms/nothing/", "/cms/login", "/cms/swagger/", "/cms/redoc/"):
        led_to = addresses(request(moved, address, headers=HOST).text)
        assert led_to
        for found in led_to:
            assert found.startswith("/cms/"), (address, found)
            assert request(moved, found, headers=HOST).status_code in (200, 302), (address, found)


def test_so_does_everything_that_a_client_is_told(moved: Flask, full: Page) -> None:
    listed = request(moved, "/cms/api/page/content/?page=2&page_size=1", headers=HOST).json
    assert listed["next"] == f"{SITE}/api/page/content/?page=3&page_size=1"
    assert listed["previous"] == f"{SITE}/api/page/content/?page=1&page_size=1"
    [page] = listed["results"]
    assert page["url"] == f"{SITE}/it/"
    assert page["api_url"] == f"{SITE}/api/page/content/{full.id}/"
    paths = [value for item in page["contents"] for name, value in item.items() if name.endswith("_path") and value]
    assert len(paths) >= 2
    for path in paths:
        assert path.startswith("/cms/media/")
    for address in (listed["next"], listed["previous"], page["url"], page["api_url"], *paths):
        assert (
            request(moved, urlsplit(address)._replace(scheme="", netloc="").geturl(), headers=HOST).status_code == 200
        )
    specification = request(moved, "/cms/swagger.json", headers=HOST).json
    assert [server["url"] for server in specification["servers"]] == [SITE]
    for path in specification["paths"]:
        address = urlsplit(SITE + path.format(page_id=full.id)).path
        assert request(moved, address, headers=HOST).status_code == 200


def test_so_does_the_admin(moved: Flask, full: Page, factory: Factory) -> None:
    factory.user("editor@example.com", "correct horse")
    client = moved.test_client()
    client.environ_base["HTTP_HOST"] = "www.example.com"
    browser = {"base_url": "https://www.example.com"}
    seen = client.get("/cms/admin/", **browser)
    assert seen.headers["Location"] == "/cms/login?next=/cms/admin/"
    form = client.get(seen.headers["Location"], **browser)
    token = form.text.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    assert "Path=/cms;" in form.headers["Set-Cookie"]
    answer = client.post(
        seen.headers["Location"],
        data={"csrf_token": token, "email": "editor@example.com", "password": "correct horse"},
        **browser,
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/cms/admin/")
    asked, left = set(), ["/cms/admin/", f"/cms/admin/page/edit/?id={full.id}"]
    for address in left:  # it grows meanwhile
        if urlsplit(address).path in asked:
            continue
        asked.add(urlsplit(address).path)
        answer = client.get(address, **browser)
        assert answer.status_code in (200, 302, 405), address  # (some accept only forms)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            found = {urljoin(address, one) for one in addresses(answer.text)}
            assert [one for one in found if not one.startswith("/cms/")] == [], address
            left += [one for one in found if not one.endswith("/logout")]
    assert {"/cms/admin/video/edit/", "/cms/admin/page/preview/", "/cms/admin/media/", "/cms/it/"} <= asked
    answer = client.get("/cms/language/ru?next=/cms/it/", **browser)
    assert answer.headers["Location"] == "/cms/it/"
    assert "Path=/cms/;" in f"{answer.headers['Set-Cookie']};"
    assert client.get("/cms/language/ru?next=/elsewhere/", **browser).headers["Location"] == "/cms/"


@pytest.mark.parametrize("host", ["www.example.com", "WWW.Example.COM", "www.example.com:443"])
def test_the_sites_host_is_known_in_each_spelling(moved: Flask, full: Page, host: str) -> None:
    for _ in range(2):
        answer = request(moved, f"/cms/api/page/content/{full.id}/", HTTP_HOST=host)
        assert answer.json["url"] == f"{SITE}/it/"


@pytest.mark.parametrize("host", [EVIL, "www.example.com:80", "www.example.com.evil.example", "127.0.0.1", "a b", "[1"])
def test_any_other_host_is_refused_in_words(moved: Flask, full: Page, host: str) -> None:
    [path] = {re.search(r"/cms/media/[^\"]+", request(moved, "/cms/it/", headers=HOST).text)[0]}  # type: ignore[index]
    style = next(found for found in addresses(request(moved, "/cms/", headers=HOST).text) if found.endswith(".css"))
    for address in ("/cms/", "/cms/it/", "/cms/login", "/cms/admin/", "/cms/swagger.json", "/it/", path, style):
        for _ in range(2):
            answer = request(moved, address, HTTP_HOST=host)
            assert answer.status_code == 400, address
            assert f"This site is at {SITE} and has no other address." in answer.text
    answer = request(moved, "/cms/api/page/content/", HTTP_HOST=host)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("host", [*HOST.values(), "10.0.0.7:8000"])
def test_health_is_told_under_any_host_with_the_prefix_and_without(moved: Flask, host: str) -> None:
    for prefix in ("", "/cms"):
        assert request(moved, f"{prefix}/healthz", HTTP_HOST=host).json == {"status": "ok"}
        assert "checks" in request(moved, f"{prefix}/readyz", HTTP_HOST=host).json


@pytest.mark.parametrize("path", ["/", "/it/", "/cmsit/", "/cms2/", "/api/page/content/", "/admin/", "/CMS/it/"])
def test_outside_the_prefix_there_is_nothing(moved: Flask, full: Page, path: str) -> None:
    for inside in ("/cms/it/", "/cms/it/", "/cms/", "/cms/"):
        assert request(moved, inside, headers=HOST).status_code == 200
    answer = request(moved, path, headers=HOST)
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text


def test_the_prefix_without_its_slash_leads_to_the_site(moved: Flask) -> None:
    answer = request(moved, "/cms?page=1", headers=HOST)
    assert (answer.status_code, answer.headers["Location"]) == (308, "/cms/?page=1")


def test_an_address_that_was_set_is_the_one_that_is_told_however_the_request_came(
    app_at: Callable[..., Flask], full: Page
) -> None:
    app = app_at("https://www.example.com", trusted_proxies=1)
    headers = {"Host": "web:8000", "X-Forwarded-Host": "www.example.com", "X-Forwarded-Proto": "http"}
    assert request(app, f"/api/page/content/{full.id}/", headers=headers).json["url"] == "https://www.example.com/it/"
    headers["X-Forwarded-Host"] = EVIL
    assert request(app, f"/api/page/content/{full.id}/", headers=headers).status_code == 400


NASTY: list[dict[str, Any]] = [
    {"SCRIPT_NAME": f"//{EVIL}"},
    {"SCRIPT_NAME": f"/{EVIL}"},
    {"HTTP_HOST": EVIL},
    {"HTTP_X_FORWARDED_HOST": EVIL, "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_PORT": "666"},
    {"HTTP_X_FORWARDED_PREFIX": f"//{EVIL}", "HTTP_X_SCRIPT_NAME": f"//{EVIL}", "HTTP_SCRIPT_NAME": f"//{EVIL}"},
    {"HTTP_FORWARDED": f"host={EVIL};proto=https", "HTTP_X_ORIGINAL_URL": f"//{EVIL}/", "HTTP_X_REWRITE_URL": "/x"},
    {"HTTP_REFERER": f"http://{EVIL}/", "HTTP_ORIGIN": f"http://{EVIL}"},
    {"target": f"//{EVIL}{{path}}"},
    {"target": f"/{{path}}?next=//{EVIL}"},
    {"target": f"{{path}}?evil={EVIL}"},
    {"target": f"http://{EVIL}{{path}}"},
    {"target": f"http://{EVIL}//{EVIL}{{path}}"},
]


@pytest.mark.parametrize("path", ["/", "/it/", "/api/page/content/{id}/", "/api/page/content/?page_size=1"])
@pytest.mark.parametrize("nasty", NASTY, ids=lambda nasty: " ".join(nasty))
def test_nothing_of_a_request_is_kept_for_others(
    app: Flask, client: FlaskClient, redis: Redis, full: Page, nasty: dict[str, Any], path: str
) -> None:
    """The first reader fills the cache, whatever the request says. The next one sees nothing of that request."""
    path = path.format(id=full.id)
    environ = dict(nasty)
    target = environ.pop("target", "{path}").format(path=path)
    first = request(app, target, **environ)
    if "X-Forwarded" not in str(nasty) and first.status_code == 308:
        assert re.match("/(?!/)", first.headers["Location"])
    kept = b"".join(redis.dump(key) or b"" for key in redis.keys("cache:response:*"))
    assert EVIL.encode() not in kept
    for _ in range(2):
        answer = request(app, path)
        assert answer.status_code == 200
        assert EVIL not in answer.text
        assert EVIL not in str(answer.headers)


@pytest.mark.parametrize("site_url", ["", SITE])
@pytest.mark.parametrize("host", [None, ""])
def test_a_request_of_http_1_1_has_to_name_its_host(
    app_at: Callable[..., Flask], full: Page, site_url: str, host: str | None
) -> None:
    app, prefix = app_at(site_url), urlsplit(site_url).path
    old = {"SERVER_PROTOCOL": "HTTP/1.0"}
    for _ in range(2):
        if host is None:
            assert request(app, f"{prefix}/it/", HTTP_HOST=None, **old).status_code == 200
        for address in ("/it/", "/", "/healthz", "/swagger.json"):
            answer = request(app, prefix + address, HTTP_HOST=host, SERVER_PROTOCOL="HTTP/1.1")
            assert answer.status_code == 400
            assert "The request does not say which host it is for." in answer.text


def test_a_target_in_absolute_form_names_the_host(app: Flask, moved: Flask, full: Page) -> None:
    """RFC 9112, section 3.2.2: the Host header is ignored."""
    address = f"/api/page/content/{full.id}/"
    assert request(app, f"http://other.example{address}", PATH_INFO=address).json["url"] == "http://other.example/it/"
    assert request(app, "http://other.example", PATH_INFO="").status_code == 200
    assert request(moved, "https://www.example.com/cms/it/", PATH_INFO="/cms/it/", headers=HOST).status_code == 200
    assert request(moved, f"https://{EVIL}/cms/it/", PATH_INFO="/cms/it/", headers=HOST).status_code == 400


@pytest.mark.parametrize(
    ("site_url", "printed"), [(SITE, SITE), ("", "http://[::1]:8000"), ("http://a.example:81", "http://a.example:81")]
)
def test_make_run_prints_where_the_site_is(settings: config.Settings, site_url: str, printed: str) -> None:
    lines = _addresses(replace(settings, host="::", port=8000, site_url=site_url))
    for address in ("/", "/admin/", "/api/page/content/", "/swagger/"):
        assert f" {printed}{address}\n" in lines


def test_signing_in_works_without_a_prefix_and_below_one_beside_it(app: Flask, factory: Factory, moved: Flask) -> None:
    """They have separate cookies."""
    factory.user("editor@example.com", "correct horse")
    client = app.test_client()
    assert "Path=/;" in f"{sign_in(client, 'editor@example.com', 'correct horse').headers['Set-Cookie']};"
    assert csrf_token(client, "/admin/page/new/")
