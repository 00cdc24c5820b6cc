"""Accounts in the admin: for administrators all of them, for everybody the own one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cms.accounts import users
from cms.accounts.models import User, UserSession
from cms.accounts.policy import Role
from cms.admin import browsers
from cms.database import now
from tests.admin.members import PASSWORD, Member
from tests.conftest import csrf_token, sign_in
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


@pytest.fixture
def admin(app: Flask, factory: Factory) -> Member:
    return Member(app, factory, Role.ADMIN)


def link_in(text: str) -> str:
    found = re.search(r'value="http://localhost(/login/password\?token=[^"]+)"', text)
    assert found, text
    return found[1]


def choose_password(client: FlaskClient, link: str, password: str) -> int:
    return client.post(link, data={"csrf_token": csrf_token(client, link), "password": password}).status_code


@pytest.mark.parametrize("role", [Role.EDITOR, Role.AUTHOR, Role.VIEWER])
def test_accounts_are_for_administrators(app: Flask, factory: Factory, role: Role) -> None:
    member = Member(app, factory, role)
    for address in ("/admin/user/", f"/admin/user/details/?id={member.id}", "/admin/user/invite/"):
        answer = member.client.get(address)
        assert answer.status_code == 403
        assert "@" not in answer.text
    assert "/admin/user/" not in member.client.get("/admin/").text
    assert member.post("/admin/user/change/", id=member.id, action="role", role="admin").status_code == 403


def test_whoever_is_invited_chooses_a_password(app: Flask, admin: Member, session: Session) -> None:
    shown = admin.post("/admin/user/invite/", email="New@example.com", role="author")
    assert shown.headers["Cache-Control"] == "no-store"
    link = link_in(shown.text)
    assert "Invited" in admin.get("/admin/user/")
    assert "token=" not in admin.get("/admin/user/"), "it is shown once"
    somebody = app.test_client()
    assert "new@example.com" in somebody.get(link).text
    assert choose_password(somebody, link, "short") == 400
    assert choose_password(somebody, link, "battery staple") == 302
    assert sign_in(somebody, "new@example.com", "battery staple").status_code == 302
    assert somebody.get("/admin/").status_code == 200
    assert app.test_client().get(link).status_code == 404, "used"
    again = admin.post("/admin/user/invite/", email="new@example.com", role="author")
    assert "There is already an account for new@example.com." in again.text
    assert "Choose a role." in admin.post("/admin/user/invite/", email="x@example.com", role="owner").text
    found = users.find(session, "new@example.com")
    assert found
    assert found.role == Role.AUTHOR


def test_an_account_is_changed_and_closed(app: Flask, admin: Member, factory: Factory) -> None:
    member = Member(app, factory, Role.EDITOR)

    def change(action: str, **fields: str) -> str:
        answer = admin.post("/admin/user/change/", id=member.id, action=action, **fields)
        return admin.client.get(answer.headers["Location"]).text if answer.status_code == 302 else str(answer.text)

    assert "The role has been changed." in change("role", role="viewer")
    assert member.post("/admin/page/new/", title="x").status_code == 403, "from the next request on"
    assert "Choose a role." in change("role", role="owner")
    assert "Sessions ended: 1." in change("end")
    assert member.client.get("/admin/").status_code == 302
    link = link_in(change("link"))
    assert "The account is closed." in change("close")
    assert member.client.get(link).status_code == 404
    assert sign_in(member.client, member.email, PASSWORD).status_code == 401
    assert "could not be understood" in change("link")
    assert "The account is open again." in change("reopen")
    assert "could not be understood" in change("nonsense")
    assert sign_in(member.client, member.email, PASSWORD).status_code == 302
    for action in ("close", "role"):
        answer = admin.post("/admin/user/change/", id=admin.id, action=action, role="editor")
        assert "This is the last administrator." in admin.client.get(answer.headers["Location"]).text
    for number in ("0", "x", str(10**6)):
        assert (
            "There is no such account."
            in admin.client.get(f"/admin/user/details/?id={number}", follow_redirects=True).text
        )


def test_one_changes_the_own_password(app: Flask, factory: Factory) -> None:
    member = Member(app, factory, Role.VIEWER)
    other = app.test_client()
    sign_in(other, member.email, PASSWORD)
    wrong = member.post("/admin/account/password/", present="wrong", password="battery staple")
    assert (wrong.status_code, "This is not your present password." in wrong.text) == (400, True)
    assert "8 characters" in member.post("/admin/account/password/", present=PASSWORD, password="short").text
    assert other.get("/admin/").status_code == 200
    assert member.post("/admin/account/password/", present=PASSWORD, password="battery staple").status_code == 302
    assert other.get("/admin/").status_code == 302
    assert "signed out everywhere else" in member.get("/admin/account/")
    assert sign_in(other, member.email, "battery staple").status_code == 302
    tried = [member.post("/admin/account/password/", present="wrong", password="x").status_code for _ in range(11)]
    assert tried[-1] == 429


def test_one_sees_and_ends_the_own_sessions(app: Flask, factory: Factory, session: Session) -> None:
    member, others = Member(app, factory, Role.VIEWER), [app.test_client() for _ in range(3)]
    for other in others:
        other.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        sign_in(other, member.email, PASSWORD)
    shown = member.get("/admin/account/")
    assert shown.count("Firefox · Linux") == 3
    assert shown.count("This browser") == 1
    ids = re.findall(r'name="id" value="(\d+)"', shown)
    member.post("/admin/account/end/", id=ids[-1])
    assert [other.get("/admin/").status_code for other in others] == [302, 200, 200]
    member.post("/admin/account/end/")
    assert [other.get("/admin/").status_code for other in others] == [302, 302, 302]
    factory.user("else@example.com", PASSWORD)
    sign_in(others[0], "else@example.com", PASSWORD)
    ids = dict(
        session.execute(select(User.email, UserSession.id).join(UserSession, UserSession.user_id == User.id)).all()
    )
    session.rollback()
    member.post("/admin/account/end/", id=ids["else@example.com"])
    assert others[0].get("/admin/").status_code == 200
    member.post("/logout")
    assert session.get(UserSession, ids[member.email]) is None, "signing out ends it on the server, too"


def test_a_language_is_kept_with_the_account(app: Flask, factory: Factory) -> None:
    member = Member(app, factory, Role.VIEWER)
    assert member.post("/admin/account/language/", language="xx").status_code == 400
    answer = member.client.post(
        "/admin/account/language/", data={"csrf_token": member.token, "language": "ru"}, follow_redirects=True
    )
    assert '<html lang="ru">' in answer.text
    elsewhere = app.test_client()
    sign_in(elsewhere, member.email, PASSWORD)
    assert '<html lang="ru">' in elsewhere.get("/admin/").text


def test_when_somebody_was_seen_is_written_once_a_minute(
    app: Flask, factory: Factory, session: Session, queries: list[str]
) -> None:
    member = Member(app, factory, Role.VIEWER)

    def asked() -> int:
        """How many statements a request takes that only asks who is signed in."""
        queries.clear()
        assert member.client.get("/login/session").json["email"] == member.email
        return len([statement for statement in queries if not statement.startswith("BEGIN")])

    def seen(ago: timedelta) -> None:
        session.execute(update(UserSession).values(seen_at=now() - ago))
        session.commit()

    assert asked() == 1
    seen(timedelta(minutes=2))
    assert [asked(), asked()] == [3, 1]
    assert now() - session.scalars(select(User.seen_at)).one() < timedelta(minutes=1)
    seen(timedelta(days=31))
    assert member.client.get("/login/session").json["email"] is None


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari · iOS",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome · Android"),
        ("curl/8.0", "curl/8.0"),
        ("", ""),
    ],
)
@pytest.mark.sqlite
def test_browsers_have_names(sent: str, name: str) -> None:
    assert browsers.name(sent) == name
