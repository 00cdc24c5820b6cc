"""Passkeys: made on one's own page, enough to sign in with, and only for this site and once for each question."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cms.accounts import links
from cms.accounts.models import User
from cms.accounts.policy import Role
from cms.http import party
from tests.admin.members import PASSWORD, Member
from tests.authenticator import ATTESTED, PRESENT, Authenticator
from tests.conftest import csrf_token
from tests.factories import Factory

pytestmark = pytest.mark.both_databases
PAGE = "/admin/account/passkeys/"


@pytest.fixture
def member(app: Flask, factory: Factory) -> Member:
    return Member(app, factory, Role.EDITOR)


@pytest.fixture
def key(member: Member) -> Authenticator:
    """An authenticator with a passkey of the member."""
    key = Authenticator()
    assert add(member, key, name="My phone").status_code == 302
    return key


def add(member: Member, key: Authenticator, present: str = PASSWORD, **fields: str) -> Any:
    options = member.client.get(f"{PAGE}options/").json
    return member.post(PAGE, passkey=key.make(options), present=present, **fields)


def send(client: FlaskClient, signed: str, address: str = "/login") -> int:
    return int(client.post(address, data={"csrf_token": csrf_token(client), "passkey": signed}).status_code)


def ask(client: FlaskClient) -> Any:
    answer = client.get("/login/passkey")
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def test_a_passkey_is_enough_to_sign_in(app: Flask, member: Member, key: Authenticator) -> None:
    assert "My phone" in member.get(PAGE)
    client = app.test_client()
    options = ask(client)
    assert options["userVerification"] == "required"
    assert "allowCredentials" not in options or options["allowCredentials"] == [], "it names nobody"
    assert send(client, key.sign(options)) == 302
    assert client.get("/login/session").json["email"] == member.email
    assert "—</td>" not in member.get(PAGE), "it is seen when it was used"


def test_what_was_signed_is_taken_once(app: Flask, member: Member, key: Authenticator) -> None:
    client = app.test_client()
    signed = key.sign(ask(client))
    with client.session_transaction() as kept:
        brought = dict(kept)
    assert send(client, signed) == 302
    other = app.test_client()
    with other.session_transaction() as session:
        session.update(brought)
    assert send(other, signed) == 401
    assert other.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:81"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
        {"count": -1},
    ],
)
def test_only_this_site_s_question_is_answered(
    app: Flask, member: Member, key: Authenticator, changed: dict[str, Any]
) -> None:
    client = app.test_client()
    assert send(client, key.sign(ask(client))) == 302  # the count is 1 now
    for name, value in changed.items():
        setattr(key, name, value)
    client = app.test_client()
    assert send(client, key.sign(ask(client))) == 401
    assert send(client, Authenticator().sign(ask(client))) == 401, "a key that nobody has"
    fresh = app.test_client()
    assert send(fresh, key.sign({"challenge": "AAAA"})) == 401, "a challenge that nobody gave"
    assert fresh.get("/admin/").status_code == 302


@pytest.mark.parametrize("sent", ["", "x", "{}", "[]", "null", '{"id": 1}', '{"id": "\\u0000"}'])
def test_junk_is_refused_in_words(app: Flask, member: Member, sent: str) -> None:
    client = app.test_client()
    ask(client)
    assert send(client, sent) in (400, 401)
    answer = member.post(PAGE, passkey=sent, present=PASSWORD)
    assert (answer.status_code, "The passkey could not be made." in answer.text) == (400, True)


def test_making_one_asks_for_the_password_and_a_verified_owner(member: Member, key: Authenticator) -> None:
    assert "not your present password" in add(member, Authenticator(), present="wrong").text
    careless = Authenticator()
    careless.flags = PRESENT | ATTESTED
    assert add(member, careless).status_code == 400
    assert add(member, Authenticator(origin="http://evil.example")).status_code == 400
    assert "here already" in add(member, key).text
    assert member.get(PAGE).count("My phone") == 2  # the row, and its button


def test_questions_grow_old(app: Flask, member: Member, key: Authenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    signed = key.sign(ask(client))
    real = party.time.time
    monkeypatch.setattr(party.time, "time", lambda: real() + 301)
    assert send(client, signed) == 401


def test_one_is_removed_by_its_owner(app: Flask, member: Member, key: Authenticator, factory: Factory) -> None:
    number = member.get(PAGE).split('name="id" value="', 1)[1].split('"', 1)[0]
    Member(app, factory, Role.ADMIN).post(PAGE, id=number)
    assert "My phone" in member.get(PAGE)
    assert member.post(PAGE, id=number).status_code == 302
    client = app.test_client()
    assert send(client, key.sign(ask(client))) == 401


def test_a_link_for_a_new_password_ends_them(app: Flask, member: Member, key: Authenticator, factory: Factory) -> None:
    with Session(factory.engine) as session:
        token = links.make(session, session.get_one(User, member.id))
        links.use(session, token, "battery staple")
        session.commit()
    client = app.test_client()
    assert send(client, key.sign(ask(client))) == 401


def test_administrators_remove_them(app: Flask, member: Member, key: Authenticator, factory: Factory) -> None:
    admin = Member(app, factory, Role.ADMIN)
    assert "Remove all passkeys" in admin.get(f"/admin/user/details/?id={member.id}")
    assert admin.post("/admin/user/change/", id=member.id, action="passkeys").status_code == 302
    client = app.test_client()
    assert send(client, key.sign(ask(client))) == 401


def test_a_closed_account_has_no_use_of_it(app: Flask, member: Member, key: Authenticator, factory: Factory) -> None:
    Member(app, factory, Role.ADMIN).post("/admin/user/change/", id=member.id, action="close")
    client = app.test_client()
    assert send(client, key.sign(ask(client))) == 401
