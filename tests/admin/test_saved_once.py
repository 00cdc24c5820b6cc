"""One form creates one row, however often it arrives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from cms import tasks
from cms.admin.saving import FormView
from cms.database import now
from cms.media.models import Upload
from cms.media.storage import Storage
from cms.pages.models import ContentItem, Page
from cms.pages.saving import KNOWN_FOR, SavedForm
from tests.factories import Factory
from tests.flows.client import Form
from tests.waiting import eventually

pytestmark = pytest.mark.both_databases

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


def form_at(client: FlaskClient, address: str) -> dict[str, str]:
    return Form(client.get(address).text).fields


@pytest.fixture
def count(engine: Engine) -> Callable[[Any], int]:
    def of(table: Any) -> int:
        with engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0

    return of


def said(client: FlaskClient) -> str:
    """The messages on the next page of the admin."""
    return client.get("/admin/").text


@pytest.mark.parametrize("button", [{}, {"_continue_editing": "1"}, {"_add_another": "1"}], ids=str)
def test_a_form_that_arrives_twice_makes_one_page(
    signed_in: FlaskClient, count: Callable[[Any], int], button: dict[str, str]
) -> None:
    form = form_at(signed_in, "/admin/page/new/?url=/admin/") | {"title": "Once"} | button
    first = signed_in.post("/admin/page/new/?url=/admin/", data=form)
    assert "Page saved." in said(signed_in)
    for _ in range(2):
        again = signed_in.post("/admin/page/new/?url=/admin/", data=form)
        assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])
        assert "Page saved." in said(signed_in)
    assert count(Page) == 1


def test_a_file_that_arrives_twice_is_received_once(
    signed_in: FlaskClient, factory: Factory, count: Callable[[Any], int], storage: Storage, video_bytes: bytes
) -> None:
    page = factory.page()
    form = form_at(signed_in, f"/admin/video/new/?page={page.id}") | {"title": "Film"}
    answers = [
        signed_in.post("/admin/video/new/", data={**form, "video_file": (BytesIO(video_bytes), "a.mp4")})
        for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [302] * 3
    assert (count(ContentItem), count(Upload), len(storage.staging.names())) == (1, 1, 1)
    edit = f"/admin/video/edit/?id={factory.upload_row(_only_upload(count, factory)).item_id}"
    form = form_at(signed_in, edit)
    for _ in range(2):
        assert signed_in.post(edit, data={**form, "video_file": (BytesIO(video_bytes), "b.mp4")}).status_code == 302
    assert (count(Upload), len(storage.staging.names())) == (2, 2)


def _only_upload(count: Callable[[Any], int], factory: Factory) -> int:
    with Session(factory.engine) as session:
        return session.scalars(select(Upload.id)).one()


@pytest.mark.parametrize("kind", ["page", "text"])
def test_an_edit_that_arrives_twice_is_saved_once(signed_in: FlaskClient, factory: Factory, kind: str) -> None:
    page = factory.page()
    row = page if kind == "page" else factory.item(page)
    address = f"/admin/{kind}/edit/?id={row.id}"
    form = form_at(signed_in, address) | {"title": "Edited"}
    for _ in range(2):
        assert signed_in.post(address, data=form).headers["Location"] == f"/admin/{kind}/"
        assert "saved." in said(signed_in)
    assert (factory.reload(row).title, factory.reload(row).version) == ("Edited", 2)
    # Also if another editor has saved it in between. That edit stays.
    factory.change(row, title="Theirs", version=3)
    assert signed_in.post(address, data=form).status_code == 302
    assert factory.reload(row).title == "Theirs"


@pytest.mark.postgresql
def test_of_two_at_once_the_second_waits_and_answers_as_the_first(
    app: Flask, signed_in: FlaskClient, factory: Factory, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = factory.page()
    form = form_at(signed_in, f"/admin/text/new/?page={page.id}") | {"title": "Once"}
    cookie = signed_in.get_cookie("session")
    clients = [app.test_client(), app.test_client()]
    inside, go_on = Barrier(2), Barrier(2)
    real = FormView._on_model_change
    answers: list[Any] = []

    def slowly(self: FormView, *args: Any) -> None:
        real(self, *args)
        inside.wait()
        go_on.wait()

    def send(client: FlaskClient) -> None:
        assert cookie
        client.set_cookie("session", cookie.value)
        answers.append(client.post("/admin/text/new/", data=form))

    monkeypatch.setattr(FormView, "_on_model_change", slowly)
    threads = [Thread(target=send, args=(client,)) for client in clients]
    with engine.connect() as other:
        threads[0].start()
        inside.wait()
        threads[1].start()
        assert eventually(lambda: other.scalar(_WAITING) == 1 or bool(other.rollback()), pause=0.02)
        go_on.wait()
    for thread in threads:
        thread.join()
    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(302, "/admin/text/")] * 2
    with Session(engine) as session:
        assert session.scalars(select(ContentItem.title)).all() == ["Once"]


def test_many_at_once_make_one(
    app: Flask, signed_in: FlaskClient, factory: Factory, count: Callable[[Any], int]
) -> None:
    page = factory.page()
    form = form_at(signed_in, f"/admin/text/new/?page={page.id}") | {"title": "Once"}
    cookie = signed_in.get_cookie("session")
    answers: list[tuple[int, str | None]] = []

    def send() -> None:
        client = app.test_client()
        assert cookie
        client.set_cookie("session", cookie.value)
        answer = client.post("/admin/text/new/", data=form)
        answers.append((answer.status_code, answer.headers.get("Location")))

    threads = [Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(302, "/admin/text/")] * 6
    assert count(ContentItem) == 1


def test_a_form_that_was_refused_can_be_sent_again(signed_in: FlaskClient, count: Callable[[Any], int]) -> None:
    form = form_at(signed_in, "/admin/page/new/")
    refused = signed_in.post("/admin/page/new/", data=form)
    assert "Please fill in this field." in refused.text
    shown = Form(refused.text).fields
    assert shown["form_token"] == form["form_token"]
    assert count(SavedForm) == 0
    assert signed_in.post("/admin/page/new/", data=shown | {"title": "Now"}).status_code == 302
    assert count(Page) == 1


def test_a_saved_form_that_was_gone_back_to_and_changed_asks_first(
    signed_in: FlaskClient, factory: Factory, count: Callable[[Any], int]
) -> None:
    form = form_at(signed_in, f"/admin/text/new/?page={factory.page().id}") | {"title": "First", "text": "Words"}
    signed_in.post("/admin/text/new/", data=form)
    said(signed_in)
    again = signed_in.post("/admin/text/new/", data=form | {"title": "Second"})
    assert again.status_code == 200
    assert "This form has already been saved as “First”." in again.text
    assert count(ContentItem) == 1, "nothing is made without a word"
    shown = Form(again.text).fields
    assert (shown["title"], shown["text"]) == ("Second", "Words"), "and nothing is lost"
    assert signed_in.post("/admin/text/new/", data=shown).status_code == 302
    assert count(ContentItem) == 2


@pytest.mark.parametrize("kind", ["page", "text"])
def test_a_new_form_that_saves_itself_goes_on_when_its_answer_was_lost(
    signed_in: FlaskClient, factory: Factory, count: Callable[[Any], int], kind: str
) -> None:
    page = factory.page()
    address, table = (f"/admin/{kind}/new/?page={page.id}", Page if kind == "page" else ContentItem)
    before = count(table)
    form = form_at(signed_in, address) | {"title": "First", "_merge": "1", "_continue_editing": "1"}
    made = signed_in.post(address, data=form).headers["Location"]
    same = signed_in.post(address, data=form)
    more = signed_in.post(address, data=form | {"title": "First and more"})
    assert (same.headers["Location"], more.status_code, more.headers["Location"]) == (made, 302, made)
    assert form_at(signed_in, made)["title"] == "First and more"

    theirs = form_at(signed_in, made) | {"title": "Theirs"}
    assert signed_in.post(made, data=theirs).status_code == 302
    again = signed_in.post(address, data=form | {"title": "Mine"})
    assert again.status_code == 200
    assert form_at(signed_in, made)["title"] == "Theirs", "what somebody has saved meanwhile is asked about"
    assert f'action="{made.replace("&", "&amp;")}"' in again.text
    assert signed_in.post(made, data=Form(again.text).fields | {"_merge": "1"}).status_code == 302
    assert (form_at(signed_in, made)["title"], count(table)) == ("Mine", before + 1)


def test_an_edit_that_was_gone_back_to_and_changed_is_compared(signed_in: FlaskClient, factory: Factory) -> None:
    page = factory.page("Old")
    address = f"/admin/page/edit/?id={page.id}"
    form = form_at(signed_in, address) | {"title": "First"}
    signed_in.post(address, data=form)
    again = signed_in.post(address, data=form | {"title": "Second"})
    assert "editor@example.com saved this on" in again.text
    assert factory.reload(page).title == "First"
    assert signed_in.post(address, data=Form(again.text).fields).status_code == 302
    assert factory.reload(page).title == "Second"


def test_what_was_saved_and_deleted_is_not_made_again(
    signed_in: FlaskClient, factory: Factory, engine: Engine, count: Callable[[Any], int]
) -> None:
    new, page = form_at(signed_in, "/admin/page/new/") | {"title": "Made"}, factory.page()
    edit = form_at(signed_in, f"/admin/page/edit/?id={page.id}") | {"title": "Edited"}
    signed_in.post("/admin/page/new/", data=new)
    signed_in.post(f"/admin/page/edit/?id={page.id}", data=edit)
    with engine.begin() as connection:
        connection.execute(Page.__table__.delete())
    for address, form in (("/admin/page/new/", new), (f"/admin/page/edit/?id={page.id}", edit)):
        said(signed_in)
        assert signed_in.post(address, data=form).status_code == 302
        assert "This was saved, but it has since been deleted." in said(signed_in)
    assert count(Page) == 0


@pytest.mark.parametrize("token", [None, "", "short", "x" * 65, "й" * 20, "a\0" * 10], ids=ascii)
def test_a_program_that_sends_no_token_saves_as_often_as_it_sends(
    signed_in: FlaskClient, factory: Factory, count: Callable[[Any], int], token: str | None
) -> None:
    form = form_at(signed_in, f"/admin/text/new/?page={factory.page().id}") | {"title": "Item"}
    del form["form_token"]
    form |= {} if token is None else {"form_token": token}
    for _ in range(2):
        assert signed_in.post("/admin/text/new/", data=form).status_code == 302
    assert (count(ContentItem), count(SavedForm)) == (2, 0)


def test_old_forms_are_forgotten(app: Flask, session: Session) -> None:
    for age in (KNOWN_FOR - timedelta(hours=1), KNOWN_FOR + timedelta(hours=1)):
        values = {"content": "", "view": "page", "editor": "", "created_at": now() - age}
        session.add(SavedForm(token=str(age), **values))
    session.commit()
    with app.app_context():
        tasks.sweep.run()
    assert session.scalars(select(SavedForm.token)).all() == [str(KNOWN_FOR - timedelta(hours=1))]
