"""Passwords by a link: asked for in the sign-in form, sent by mail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cms import tasks
from tests.conftest import csrf_token, sign_in
from tests.factories import Factory
from tests.mail import Mailbox, mailbox

EMAIL, PASSWORD = "editor@example.com", "correct horse"


@pytest.fixture
def box(with_settings: Callable[..., None]) -> Iterator[Mailbox]:
    with mailbox() as box:
        with_settings(smtp_url=box.url, mail_from="site@example.com", site_url="https://www.example.com/cms")
        yield box


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """For which addresses tasks were sent; replaces the broker."""
    addresses: list[str] = []
    monkeypatch.setattr(tasks.send_reset_link, "delay", addresses.append)
    return addresses


def ask(client: FlaskClient, email: str) -> Any:
    return client.post("/login/forgotten", data={"csrf_token": csrf_token(client, "/login/forgotten"), "email": email})


def test_a_forgotten_password_is_set_anew(
    app: Flask, client: FlaskClient, factory: Factory, box: Mailbox, sent: list[str]
) -> None:
    factory.user(EMAIL, PASSWORD)
    answers = [ask(client, email) for email in (EMAIL, "nobody@example.com")]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, "/login")}
    assert client.get("/login").text.count("If there is an account for this address") == 2
    with app.app_context():
        for email in sent:
            tasks.send_reset_link.run(email)
    assert [message["To"] for message in box.messages] == [EMAIL]
    text = box.messages[0].get_content()
    link = re.search(r"https://www\.example\.com/cms(/login/password\?token=\S+)", text)
    assert link, text
    form = {"csrf_token": csrf_token(client, link[1]), "password": "battery staple"}
    assert client.post(link[1], data=form).status_code == 302
    assert "Your password is set." in client.get("/login").text
    assert client.get(link[1]).status_code == 404
    assert sign_in(client, EMAIL, PASSWORD).status_code == 401
    assert sign_in(client, EMAIL, "battery staple").status_code == 302


def test_an_invitation_comes_in_the_language_of_the_site(
    app: Flask, factory: Factory, box: Mailbox, with_settings: Callable[..., None]
) -> None:
    with_settings(smtp_url=box.url, mail_from="site@example.com", site_url="https://x.example", site_language="ru")
    user_id = factory.user(EMAIL, PASSWORD)
    with app.app_context():
        tasks.send_invitation.run(user_id)
        tasks.send_invitation.run(user_id + 1)
    assert [message["Subject"] for message in box.messages] == ["Новый пароль для сайта Mediafold"]


def test_without_mail_an_administrator_is_asked(client: FlaskClient, sent: list[str]) -> None:
    assert "Ask an administrator" in client.get("/login/forgotten").text
    assert client.post("/login/forgotten", data={"csrf_token": csrf_token(client), "email": EMAIL}).status_code == 200
    assert sent == []


def test_links_are_not_asked_for_without_end(client: FlaskClient, box: Mailbox, sent: list[str]) -> None:
    statuses = [ask(client, f"{number}@example.com").status_code for number in range(6)]
    assert statuses == [302] * 5 + [429]
    assert len(sent) == 5


def test_nobody_is_sent_mail_without_end(app: Flask, box: Mailbox, sent: list[str]) -> None:
    statuses = []
    for number, email in enumerate((EMAIL, f" {EMAIL.upper()}", EMAIL, EMAIL, "other@example.com")):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        statuses.append(ask(client, email).status_code)
    assert statuses == [302, 302, 302, 429, 302]
    assert len(sent) == 4
