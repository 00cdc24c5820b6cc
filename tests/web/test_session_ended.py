"""A session ends while an editor writes: the text comes back even without scripts, and nothing is saved unasked."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from cms.media.storage import Storage
from cms.pages.models import ContentItem, Page
from tests.conftest import csrf_token, sign_in
from tests.factories import Factory
from tests.flows.client import Form

EMAIL, PASSWORD = "editor@example.com", "correct horse"
TEXT = 'Line one\n"Line" <two> & ¶ 👩\u200d🚀'


def rows(engine: Engine, table: Any = Page) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def form_at(client: FlaskClient, address: str) -> dict[str, str]:
    return Form(client.get(address).text).fields


def end_session(client: FlaskClient) -> None:
    client.delete_cookie("session")


def begin_another(client: FlaskClient) -> None:
    end_session(client)
    assert sign_in(client, EMAIL, PASSWORD).status_code == 302


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["new/", "edit/?id="])
def test_a_form_of_another_session_is_shown_again_and_saved_by_the_next_press(
    signed_in: FlaskClient, factory: Factory, engine: Engine, path: str
) -> None:
    page = factory.page("Old", text="Old text")
    address = f"/admin/page/{path}{page.id if 'id' in path else ''}"
    form = form_at(signed_in, address) | {"title": "Typed", "text": TEXT, "slug": "typed"}
    begin_another(signed_in)
    answer = signed_in.post(address, data=form)
    assert answer.status_code == 400
    assert "Your session had ended. Please check the form and press Save again." in answer.text
    assert (rows(engine), factory.reload(page).title) == (1, "Old"), "nothing is done without the right token"
    shown = Form(answer.text).fields
    assert (shown["title"], shown["text"], shown["form_token"]) == ("Typed", TEXT, form["form_token"])
    assert signed_in.post(address, data=shown).status_code == 302
    assert rows(engine) == (2 if path == "new/" else 1)


def test_a_file_that_came_with_it_is_gone_and_it_is_said(
    signed_in: FlaskClient, factory: Factory, engine: Engine, storage: Storage
) -> None:
    form = form_at(signed_in, f"/admin/video/new/?page={factory.page().id}") | {"title": "Typed"}
    begin_another(signed_in)
    answer = signed_in.post("/admin/video/new/", data={**form, "video_file": (BytesIO(b"bytes"), "a.mp4")})
    assert "Please choose your file again." in answer.text
    assert storage.staging.names() == []
    assert rows(engine, ContentItem) == 0


@pytest.mark.parametrize("multipart", [False, True])
def test_who_is_signed_out_signs_in_and_finds_the_text(
    signed_in: FlaskClient, factory: Factory, engine: Engine, multipart: bool
) -> None:
    page = factory.page("Old")
    address = f"/admin/page/edit/?id={page.id}&url=/admin/page/?page%3D2"
    form: dict[str, Any] = form_at(signed_in, address) | {"title": "Typed", "text": TEXT, "slug": "typed"}
    end_session(signed_in)
    data = {**form, "none": (BytesIO(), "")} if multipart else form
    led = signed_in.post(address, data=data)
    assert led.status_code == 307
    assert led.headers["Location"].startswith("/login?next=")
    data = {**form, "none": (BytesIO(), "")} if multipart else form
    asked = signed_in.post(led.headers["Location"], data=data)
    assert "You are no longer signed in. Sign in, and your text will be there again." in asked.text
    fields = Form(asked.text).fields
    assert not set(fields) & {"title", "text"}, "they are not the sign-in form's own"
    for password, status in (("wrong horse", 401), (PASSWORD, 200)):
        asked = signed_in.post(led.headers["Location"], data={**fields, "email": EMAIL, "password": password})
        assert asked.status_code == status
        if status == 401:
            fields = Form(asked.text).fields
    assert PASSWORD not in asked.text
    target = unescape(re.findall(r'<form method="post" action="([^"]+)"', asked.text)[0])
    assert target == address
    answer = signed_in.post(target, data=Form(asked.text).fields)
    assert "Your session had ended." in answer.text
    assert factory.reload(page).title == "Old", "and it is not saved before somebody presses Save"
    shown = Form(answer.text).fields
    assert (shown["title"], shown["text"]) == ("Typed", TEXT)
    saved = signed_in.post(address, data=shown)
    assert (saved.status_code, saved.headers["Location"]) == (302, "/admin/page/?page=2")
    assert (factory.reload(page).title, factory.reload(page).text) == ("Typed", TEXT)


def test_who_has_signed_in_elsewhere_meanwhile_is_led_on(signed_in: FlaskClient, factory: Factory) -> None:
    form = form_at(signed_in, "/admin/page/new/") | {"title": "Typed"}
    end_session(signed_in)
    led = signed_in.post("/admin/page/new/", data=form)
    fields = Form(signed_in.post(led.headers["Location"], data=form).text).fields
    begin_another(signed_in)
    asked = signed_in.post(led.headers["Location"], data={**fields, "email": EMAIL, "password": PASSWORD})
    assert "Typed" in signed_in.post("/admin/page/new/", data=Form(asked.text).fields).text
    assert "wrong" not in asked.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_what_a_page_of_another_site_sends_is_not_kept(signed_in: FlaskClient, engine: Engine, site: str) -> None:
    headers, form = {"Sec-Fetch-Site": site}, {"title": "Theirs"}
    answer = signed_in.post("/admin/page/new/", data=form, headers=headers)
    assert (answer.status_code, "Theirs" in answer.text) == (400, False)
    end_session(signed_in)
    answer = signed_in.post("/admin/page/new/", data=form, headers=headers, follow_redirects=True)
    assert "Theirs" not in answer.text
    assert rows(engine) == 0


def test_a_sign_in_form_of_another_session_is_shown_again(app: Flask, client: FlaskClient, factory: Factory) -> None:
    factory.user(EMAIL, PASSWORD)
    form = {"csrf_token": csrf_token(app.test_client()), "email": EMAIL, "password": PASSWORD}
    answer = client.post("/login", data=form)
    assert answer.status_code == 400
    fields = Form(answer.text).fields
    assert fields["email"] == EMAIL
    assert PASSWORD not in answer.text
    assert client.post("/login", data=fields | {"password": PASSWORD}).status_code == 302


def test_scripts_are_told_who_is_signed_in(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/login/session")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["email"] == EMAIL
    form = {"csrf_token": answer.json["csrf_token"], "title": "Saved"}
    assert signed_in.post("/admin/page/new/", data=form).status_code == 302
    end_session(signed_in)
    assert signed_in.get("/login/session").json["email"] is None


def test_one_signs_in_without_leaving_the_page(client: FlaskClient, factory: Factory) -> None:
    factory.user(EMAIL, PASSWORD)
    headers = {"X-CSRFToken": client.get("/login/session").json["csrf_token"]}
    form = {"email": EMAIL, "password": PASSWORD}
    assert client.post("/login/session", data=form).status_code == 400, "with its token alone"
    refused = client.post("/login/session", data=form | {"password": "wrong"}, headers=headers)
    assert (refused.status_code, "is wrong" in refused.json["detail"]) == (401, True)
    assert client.post("/login/session", headers=headers).status_code == 401
    answer = client.post("/login/session", data=form, headers=headers)
    assert (answer.status_code, answer.json["email"]) == (200, EMAIL)
    assert client.get("/admin/").status_code == 200
    data = {"csrf_token": answer.json["csrf_token"], "title": "Saved"}
    assert client.post("/admin/page/new/", data=data).status_code == 302


def test_failures_count_alike_wherever_one_signs_in(client: FlaskClient, factory: Factory) -> None:
    factory.user(EMAIL, PASSWORD)
    headers = {"X-CSRFToken": client.get("/login/session").json["csrf_token"]}
    wrong = {"email": EMAIL, "password": "wrong"}
    for _ in range(5):
        assert client.post("/login/session", data=wrong, headers=headers).status_code == 401
        assert sign_in(client, EMAIL, "wrong").status_code == 401
    assert client.post("/login/session", data=wrong, headers=headers).status_code == 429
    assert sign_in(client, EMAIL, PASSWORD).status_code == 429


def test_scripts_are_told_which_forms_are_saved(signed_in: FlaskClient) -> None:
    form = form_at(signed_in, "/admin/page/new/") | {"title": "Saved"}
    query = {"token": [form["form_token"], "x" * 22, "short", "\0" * 20, "й" * 20]}
    assert signed_in.get("/admin/saved/", query_string=query).json == []
    signed_in.post("/admin/page/new/", data=form)
    assert signed_in.get("/admin/saved/", query_string=query).json == [form["form_token"]]
