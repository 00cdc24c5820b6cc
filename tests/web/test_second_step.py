"""Signing in with a second step: from setting it up to losing the phone."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from cms.accounts.models import User
from cms.accounts.policy import Role
from tests.admin.members import PASSWORD, Member
from tests.conftest import csrf_token, sign_in
from tests.factories import Factory

pytestmark = pytest.mark.both_databases
PAGE = "/admin/account/second-step/"


class Phone:
    """What shows the codes. Each of them is taken once, so the database forgets between two uses that one was."""

    def __init__(self, secret: str, session: Session) -> None:
        self._totp, self._session = pyotp.TOTP(secret), session

    def code(self) -> str:
        self._session.execute(update(User).where(User.totp_step.is_not(None)).values(totp_step=0))
        self._session.commit()
        return self._totp.now()


@pytest.fixture
def member(app: Flask, factory: Factory) -> Member:
    return Member(app, factory, Role.EDITOR)


@pytest.fixture
def codes(member: Member) -> list[str]:
    return []


@pytest.fixture
def phone(member: Member, session: Session, codes: list[str]) -> Phone:
    """The phone of somebody who has turned the second step on."""
    assert member.post(PAGE, action="begin", present=PASSWORD).status_code == 302
    shown = member.get(PAGE)
    assert 'src="data:image/svg+xml' in shown
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", shown)
    assert secret
    phone = Phone(secret[1], session)
    assert member.post(PAGE, action="confirm", code="000000").status_code == 400
    answer = member.post(PAGE, action="confirm", code=phone.code())
    codes += re.findall(r"<li><code>([a-z2-7-]{19})</code>", answer.text)
    assert len(codes) == 10
    later = member.get(PAGE)
    assert "10 recovery codes are left." in later
    assert not any(code in later for code in (*codes, secret[1])), "they are shown once"
    return phone


def send_code(client: FlaskClient, form: str, code: str, address: str = "/login") -> Any:
    names = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return client.post(address, data={**dict(names), "code": code})


def test_a_code_is_asked_for_after_the_password(app: Flask, member: Member, phone: Phone, codes: list[str]) -> None:
    client = app.test_client()
    asked = sign_in(client, member.email, PASSWORD, "/login?next=/admin/page/")
    assert (asked.status_code, "One more step" in asked.text) == (200, True)
    assert client.get("/admin/").status_code == 302, "the password alone is nothing"
    code = phone.code()
    wrong = send_code(client, asked.text, "000000")
    assert (wrong.status_code, "This code is wrong" in wrong.text) == (401, True)
    answer = send_code(client, wrong.text, code, "/login?next=/admin/page/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/page/")
    assert client.get("/admin/").status_code == 200
    other = app.test_client()
    replayed = send_code(other, sign_in(other, member.email, PASSWORD).text, code)
    assert (replayed.status_code, "was used already" in replayed.text) == (401, True)
    assert send_code(other, replayed.text, codes[3]).status_code == 302
    assert "9 recovery codes are left." in member.get(PAGE)


def test_what_the_form_keeps_is_signed(app: Flask, member: Member, phone: Phone, factory: Factory) -> None:
    client, code = app.test_client(), phone.code()
    asked = sign_in(client, member.email, PASSWORD).text
    other = factory.user("other@example.com", PASSWORD)
    signed = asked.partition('name="pending" value="')[2].partition('"')[0]
    for forged in (signed.replace(f"{member.id}:", f"{other}:", 1), f"{signed}x", ""):
        assert forged != signed
        answer = send_code(client, asked.replace(signed, forged), code)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    member.post("/admin/account/password/", present=PASSWORD, password="battery staple")
    assert send_code(client, asked, code).status_code == 302
    assert client.get("/admin/").status_code == 302, "the password was changed in between"


def test_codes_are_not_tried_out(app: Flask, member: Member, phone: Phone) -> None:
    statuses = []
    for number in range(21):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        statuses.append(send_code(client, sign_in(client, member.email, PASSWORD).text, "000000").status_code)
    assert statuses == [401] * 20 + [429]
    client = app.test_client()
    form = {"csrf_token": csrf_token(client), "email": member.email, "password": PASSWORD, "code": "000000"}
    assert client.post("/login/session", data=form).status_code == 429, "nor anywhere else"


def test_over_an_open_page_the_code_is_sent_along(app: Flask, member: Member, phone: Phone) -> None:
    client = app.test_client()
    form = {"csrf_token": csrf_token(client), "email": member.email, "password": PASSWORD}
    asked = client.post("/login/session", data=form)
    assert (asked.status_code, asked.json["needs_code"]) == (401, True)
    wrong = client.post("/login/session", data={**form, "password": "wrong", "code": "000000"})
    assert (wrong.status_code, wrong.json["needs_code"]) == (401, False)
    answer = client.post("/login/session", data={**form, "code": phone.code()})
    assert (answer.status_code, answer.json["email"]) == (200, member.email)


def test_it_is_turned_off_with_the_password_by_an_administrator_or_on_the_server(
    app: Flask, member: Member, phone: Phone, factory: Factory
) -> None:
    assert member.post(PAGE, action="off", present="wrong").status_code == 400
    assert member.post(PAGE, action="nonsense").status_code == 400
    assert "10 recovery codes" in member.get(PAGE)
    assert member.post(PAGE, action="renew", present=PASSWORD).text.count("<li><code>") == 10
    assert member.post(PAGE, action="off", present=PASSWORD).status_code == 302
    assert sign_in(app.test_client(), member.email, PASSWORD).status_code == 302
    admin = Member(app, factory, Role.ADMIN)

    def turn_on() -> None:
        member.post(PAGE, action="begin", present=PASSWORD)
        secret = re.search(r"<code>([A-Z2-7]{32})</code>", member.get(PAGE))
        assert secret
        assert member.post(PAGE, action="confirm", code=pyotp.TOTP(secret[1]).now()).status_code == 200
        assert sign_in(app.test_client(), member.email, PASSWORD).status_code == 200

    turn_on()
    admin.post("/admin/user/change/", id=member.id, action="second-step")
    assert sign_in(app.test_client(), member.email, PASSWORD).status_code == 302
    turn_on()
    assert app.test_cli_runner().invoke(args=["cms", "turn-off-second-step", member.email]).exit_code == 0
    assert sign_in(app.test_client(), member.email, PASSWORD).status_code == 302
