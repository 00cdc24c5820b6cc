"""English or Russian: by the switch, else by the browser; pages stay in the language they are written in."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.factories import Made


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


def test_one_readers_language_is_not_the_next_ones(client: FlaskClient, made: Made) -> None:
    """Pages are kept for all readers, and kept apart by language."""
    made.page("A title", slug="it")
    for address in ("/", "/it/"):
        for code in ("en", "ru", "en", "ru"):
            answer = client.get(address, headers={"Accept-Language": code})
            assert language(answer) == code
            assert "A title" in answer.text


def test_both_languages_count_the_same_views(client: FlaskClient, made: Made) -> None:
    made.item(page := made.page(slug="it"))
    for code in ("en", "ru", "en"):
        client.get("/it/", headers={"Accept-Language": code})
    assert client.get(f"/api/page/content/{page.id}/").json["contents"][0]["counter"] == 3


def test_the_sign_in_form_speaks_russian(client: FlaskClient) -> None:
    assert "Войти" in client.get("/login", headers={"Accept-Language": "ru"}).text
