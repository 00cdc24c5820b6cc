"""English or Russian, from the switch or else from the browser. Pages stay in the language they are written in."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.factories import Factory


def language(answer) -> str:  # type: ignore[no-untyped-def]
    return str(answer.text.split('<html lang="', 1)[1].split('"', 1)[0])


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en-US,en;q=0.9,ru;q=0.1", "en"),
        ("de,ru;q=0.5", "ru"),
        ("de", "en"),
        ("", "en"),
        ("*", "en"),
        (";;;q=", "en"),
        ("ru-RU,en;q=0.5", "ru"),
        ("ru_ru,en;q=0.5", "ru"),
        ("RU-latn-KZ;q=0.9, en-US;q=0.8", "ru"),
        ("en-GB;q=0.4,ru-RU;q=0.5", "ru"),
        ("ru,en", "ru"),
        ("en,ru", "en"),
        ("de-DE,en;q=0.3,ru;q=0.2", "en"),
        ("en;q=0", "ru"),
        ("en;q=0,*", "ru"),
        ("ru;q=0,*", "en"),
        ("ru;q=0,en;q=0", "en"),
        ("*;q=0", "en"),
        ("*;q=0,ru;q=0.1", "ru"),
        ("*,ru;q=0.5", "en"),
        ("*;q=0.2,ru;q=0.5", "ru"),
        ("russian,rus,en;q=0.1", "en"),
        ("ru;q=1.0001,en", "en"),
    ],
)
def test_the_browser_is_asked(client: FlaskClient, asked: str, given: str) -> None:
    assert language(client.get("/", headers={"Accept-Language": asked})) == given


@pytest.mark.parametrize("code", ["en", "ru"])
def test_the_switch_is_remembered(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/language/{code}?next=/it/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/it/")
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    other = {"en": "ru", "ru": "en"}[code]
    assert language(client.get("/", headers={"Accept-Language": other})) == code


def test_a_language_that_we_do_not_speak(client: FlaskClient) -> None:
    assert client.get("/language/de").status_code == 404
    client.set_cookie("language", "de")
    assert language(client.get("/")) == "en"


def test_one_readers_language_is_not_the_next_ones(client: FlaskClient, factory: Factory) -> None:
    """Cached pages are shared by all readers of the same language."""
    factory.page("A title", slug="it")
    for address in ("/", "/it/"):
        for code in ("en", "ru", "en", "ru"):
            answer = client.get(address, headers={"Accept-Language": code})
            assert language(answer) == code
            assert "A title" in answer.text


def test_both_languages_count_the_same_views(client: FlaskClient, factory: Factory) -> None:
    factory.item(page := factory.page(slug="it"))
    for code in ("en", "ru", "en"):
        client.get("/it/", headers={"Accept-Language": code})
    assert client.get(f"/api/page/content/{page.id}/").json["contents"][0]["counter"] == 3


def test_the_sign_in_form_speaks_russian(client: FlaskClient) -> None:
    assert "Войти" in client.get("/login", headers={"Accept-Language": "ru"}).text


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/it/",
        "/nothing/",
        "/login",
        "/swagger/",
        "/redoc/",
        "/api/nothing/",
        "/api/page/content/?page=x",
        "/media/x",
    ],
)
def test_an_answer_says_its_language_and_what_it_depends_on(
    client: FlaskClient, factory: Factory, address: str
) -> None:
    factory.page(slug="it")
    for code in ("en", "ru", "en", "ru"):
        for method in (client.get, client.head):
            answer = method(address, headers={"Accept-Language": code})
            assert answer.headers["Content-Language"] == code
            assert all(name in answer.vary for name in ("accept-language", "cookie"))


@pytest.mark.parametrize("address", ["/api/page/content/", "/swagger.json", "/healthz"])
def test_what_is_the_same_in_every_language_says_none(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert "Content-Language" not in answer.headers
    assert "accept-language" not in answer.vary


def test_the_admin_says_it_too(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/admin/", headers={"Accept-Language": "ru"})
    assert answer.headers["Content-Language"] == "ru"
    assert all(name in answer.vary for name in ("accept-language", "cookie"))
