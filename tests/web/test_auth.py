"""Sign-in: with a token, with the right password, not too often, and never redirecting to another site."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from cms.accounts.models import User
from cms.extensions import db
from tests.conftest import csrf_token, sign_in
from tests.factories import Factory

EMAIL, PASSWORD = "editor@example.com", "correct horse"


@pytest.fixture(autouse=True)
def account(factory: Factory) -> None:
    factory.user(EMAIL, PASSWORD)


def test_the_right_password_opens_the_admin(client: FlaskClient) -> None:
    answer = sign_in(client, EMAIL, PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_the_address_is_read_in_any_case_of_letters(client: FlaskClient) -> None:
    assert sign_in(client, " Editor@EXAMPLE.com ", PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "wrong horse"), ("nobody@example.com", PASSWORD), (EMAIL, ""), ("", PASSWORD), (EMAIL, PASSWORD * 1000)],
)
def test_anything_else_does_not(client: FlaskClient, email: str, password: str) -> None:
    answer = sign_in(client, email, password)
    assert answer.status_code == 401
    assert client.get("/admin/").status_code == 302
    assert PASSWORD not in answer.text


def test_it_does_not_tell_which_addresses_there_are(client: FlaskClient) -> None:
    sentence = "The e-mail address or the password is wrong."
    for email in (EMAIL, "nobody@example.com"):
        assert sentence in sign_in(client, email, "wrong horse").text


@pytest.mark.both_databases
@pytest.mark.parametrize("email", ["\0", "a\0@b"])
def test_a_nul_is_bad_input_and_no_fault(client: FlaskClient, email: str) -> None:
    assert sign_in(client, email, PASSWORD).status_code == 401


@pytest.mark.parametrize("token", [None, "", "nonsense"])
def test_without_its_token_the_form_is_refused(client: FlaskClient, token: str | None) -> None:
    csrf_token(client)
    data = {"email": EMAIL, "password": PASSWORD} | ({} if token is None else {"csrf_token": token})
    answer = client.post("/login", data=data)
    assert answer.status_code == 400
    assert client.get("/admin/").status_code == 302


def test_a_token_of_another_session_is_refused(app: Flask, client: FlaskClient) -> None:
    token = csrf_token(app.test_client())
    answer = client.post("/login", data={"csrf_token": token, "email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 400


def test_the_eleventh_failure_within_a_minute_is_refused(client: FlaskClient) -> None:
    assert [sign_in(client, EMAIL, "wrong horse").status_code for _ in range(11)] == [401] * 10 + [429]
    answer = sign_in(client, EMAIL, PASSWORD)
    assert answer.status_code == 429, "the right one as well: or it could be found by trying"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "Too many attempts" in answer.text


def test_successes_do_not_count(app: Flask) -> None:
    assert [sign_in(app.test_client(), EMAIL, PASSWORD).status_code for _ in range(12)] == [302] * 12


def test_another_address_is_not_locked_out(app: Flask, client: FlaskClient) -> None:
    for _ in range(11):
        sign_in(client, EMAIL, "wrong horse")
    other = app.test_client()
    other.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert sign_in(other, EMAIL, PASSWORD).status_code == 302


def test_the_log_says_that_a_proxy_is_not_trusted(app: Flask, client: FlaskClient) -> None:
    """All its clients have one address: one client's wrong passwords lock out all."""
    with capture_logs() as logged:
        sign_in(client, EMAIL, "wrong horse")
        client.environ_base["HTTP_X_FORWARDED_FOR"] = "192.0.2.7"
        sign_in(client, EMAIL, PASSWORD)
    assert "proxy_not_trusted" not in [entry["event"] for entry in logged]
    client = app.test_client()
    client.environ_base["HTTP_X_FORWARDED_FOR"] = "192.0.2.7"
    with capture_logs() as logged:
        sign_in(client, EMAIL, "wrong horse")
    assert "TRUSTED_PROXIES is 0" in next(entry["hint"] for entry in logged if entry["event"] == "proxy_not_trusted")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5cevil.example/..",
        "http://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "%2F%2Fevil.example",
        "/%09/evil.example",
        "/%0a/evil.example",
        "%09//evil.example",
        "%20//evil.example",
        "@evil.example",
        "",
    ],
)
def test_a_way_to_another_site_is_ignored(client: FlaskClient, target: str) -> None:
    answer = sign_in(client, EMAIL, PASSWORD, f"/login?next={target}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    again = client.get(f"/login?next={target}")
    assert (again.status_code, again.headers["Location"]) == (302, "/admin/")
    switched = client.get(f"/language/ru?next={target}")
    assert (switched.status_code, switched.headers["Location"]) == (302, "/")


@pytest.mark.parametrize("target", ["/admin/page/", "/admin/page/?page=2", "/it/"])
def test_a_way_on_this_site_is_taken(client: FlaskClient, target: str) -> None:
    answer = sign_in(client, EMAIL, PASSWORD, "/login?next=" + target.replace("?", "%3F").replace("=", "%3D"))
    assert answer.headers["Location"] == target


@pytest.mark.parametrize(
    "address",
    ["/admin/", "/admin/page/", "/admin/page/new/", "/admin/page/edit/?id=1", "/admin/video/", "/admin/text/new/"],
)
def test_signed_out_the_admin_leads_to_the_sign_in_form(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login")
    posted = client.post(address, data={"title": "x", "csrf_token": csrf_token(client)})
    assert posted.status_code in (302, 307)
    assert posted.headers["Location"].startswith("/login")


def test_every_address_of_the_admin_is_closed(app: Flask, client: FlaskClient) -> None:
    """This covers all present and future views. Only its static files may be public."""
    site = app.url_map.bind("localhost")
    asked = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/admin/") and "static" not in rule.endpoint and "GET" in (rule.methods or ()):
            asked.append(site.build(rule.endpoint, dict.fromkeys(rule.arguments, 1)))
            answer = client.get(asked[-1])
            assert answer.status_code == 302, rule
            assert answer.headers["Location"].startswith("/login?"), rule
    assert {"/admin/", "/admin/page/edit/", "/admin/video/export/1/"} <= set(asked)


def test_signing_out_closes_the_admin(client: FlaskClient) -> None:
    sign_in(client, EMAIL, PASSWORD)
    token = csrf_token(client)
    assert client.post("/logout").status_code == 400, "without its token it could be asked for from anywhere"
    client.get("/logout", follow_redirects=True)
    assert client.get("/admin/").status_code == 200, "a link or a picture's address signs nobody out"
    assert client.post("/logout", data={"csrf_token": token}).status_code == 302
    assert client.get("/admin/").status_code == 302


def test_a_closed_account_is_signed_out_at_once(app: Flask, client: FlaskClient) -> None:
    sign_in(client, EMAIL, PASSWORD)
    with app.app_context():
        db.session.query(User).one().is_active = False
        db.session.commit()
    assert client.get("/admin/").status_code == 302


def test_the_session_of_a_visitor_does_not_live_on(client: FlaskClient) -> None:
    before = csrf_token(client)
    sign_in(client, EMAIL, PASSWORD)
    with client.session_transaction() as session:
        assert session.get("csrf_token") is None
    assert client.post("/logout", data={"csrf_token": before}).status_code == 400


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = sign_in(client, EMAIL, PASSWORD).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_is_not_made_by_guessing(client: FlaskClient) -> None:
    client.set_cookie("session", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb")
    assert client.get("/admin/").status_code == 302
