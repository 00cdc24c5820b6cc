"""Two editors with one form: the second save changes nothing until its editor has seen the first one's changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from cms.admin.saving import FormView
from cms.media.models import Upload
from cms.pages.models import Attachment, ContentItem, Page
from tests.admin.tabs import Tab
from tests.conftest import sign_in
from tests.factories import Factory
from tests.media import uploading as flow
from tests.waiting import eventually

pytestmark = pytest.mark.both_databases

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.fixture
def tab(signed_in: FlaskClient) -> Callable[..., Tab]:
    return lambda row: Tab(signed_in, f"/admin/{getattr(row, 'content_type', 'page')}/edit/?id={row.id}")


def test_the_second_save_changes_nothing_and_shows_both(
    app: Flask, tab: Callable[..., Tab], factory: Factory, engine: Engine
) -> None:
    page = factory.page("Old", text="Old text")
    mine = tab(page)
    factory.user("other@example.com", "battery staple")
    other = app.test_client()
    sign_in(other, "other@example.com", "battery staple")
    assert Tab(other, mine.address).save(title="Their <title>")
    assert not mine.save(title="My title", text="My text")
    assert (factory.reload(page).title, factory.reload(page).text) == ("Their <title>", "Old text")
    assert (mine.fields["title"], mine.fields["text"]) == ("My title", "My text"), "what was typed is kept"
    assert mine.theirs == {"title": "Their <title>"}, "and nothing is named that nobody else has changed"
    assert "other@example.com saved this on" in mine.html
    assert "Changed in the meantime: Title." in mine.html
    assert "<title>" not in mine.html.split("<body>")[1], "it is escaped"
    assert mine.save()
    assert (factory.reload(page).title, factory.reload(page).text) == ("My title", "My text")


def test_theirs_can_be_used_for_each_field(tab: Callable[..., Tab], factory: Factory) -> None:
    page = factory.page("Old", text="Old text", slug="old")
    mine = tab(page)
    assert tab(page).save(title="Theirs", text="Their text", slug="theirs")
    assert not mine.save(title="Mine", text="My text", slug="mine")
    assert mine.theirs == {"title": "Theirs", "slug": "theirs", "text": "Their text"}
    assert mine.ticked == []
    assert mine.save(theirs=["text"])
    now = factory.reload(page)
    assert (now.title, now.text, now.slug) == ("Mine", "Their text", "mine")


def test_what_only_the_other_has_changed_is_theirs_unless_one_says_otherwise(
    tab: Callable[..., Tab], factory: Factory
) -> None:
    page = factory.page("Old", text="Old text")
    mine, again = tab(page), tab(page)
    assert tab(page).save(text="Their text", is_published=None)
    for form in (mine, again):
        assert not form.save(title="Mine" if form is mine else "Mine, too")
        assert form.theirs["text"] == "Their text"
        assert form.ticked == form.offered == ["text", "is_published"]
        assert form.fields["text"] == "Old text", "shown as it was sent"
    assert mine.save()
    now = factory.reload(page)
    assert (now.title, now.text, now.is_published) == ("Mine", "Their text", False)
    assert not again.save(_mine="1"), "it has not been seen"
    assert again.save(_mine="1")
    now = factory.reload(page)
    assert (now.title, now.text, now.is_published) == ("Mine, too", "Old text", True), "mine anyway, for all"


def test_who_comes_third_is_asked_again(tab: Callable[..., Tab], factory: Factory) -> None:
    page = factory.page("Old")
    mine = tab(page)
    assert tab(page).save(title="Second")
    assert not mine.save(title="Mine")
    assert tab(page).save(title="Third")
    assert not mine.save(_mine="1"), "it was not seen"
    assert mine.theirs == {"title": "Third"}
    assert mine.save(_mine="1")
    assert factory.reload(page).title == "Mine"


def test_two_who_have_changed_the_same_to_the_same_are_no_conflict(tab: Callable[..., Tab], factory: Factory) -> None:
    page = factory.page("Old")
    mine = tab(page)
    assert tab(page).save(title="Same")
    assert mine.save(title="Same")


def test_a_conflict_and_a_mistake_are_told_together(tab: Callable[..., Tab], factory: Factory) -> None:
    page = factory.page("Old", slug="old")
    mine = tab(page)
    assert tab(page).save(title="Theirs")
    assert not mine.save(title="Mine", slug="Not a slug!")
    assert mine.theirs == {"title": "Theirs"}
    assert not mine.save()
    assert "Use lowercase Latin letters, digits and hyphens." in mine.html
    assert mine.save(slug="good")


def test_an_item_that_was_moved_is_not_moved_back(
    signed_in: FlaskClient, tab: Callable[..., Tab], factory: Factory
) -> None:
    page = factory.page()
    items = [factory.item(page, order=order) for order in (1, 2)]
    mine = tab(items[0])
    order = {"csrf_token": mine.fields["csrf_token"], "id": page.id, "item": [items[1].id, items[0].id]}
    assert signed_in.post("/admin/page/reorder/", data=order).status_code == 200
    assert not mine.save(title="Mine")
    assert (mine.theirs, mine.ticked) == ({"order": "2"}, ["order"])
    assert mine.save()
    assert (factory.reload(items[0]).title, factory.reload(items[0]).order) == ("Mine", 2)


def test_an_item_that_lies_on_another_page_says_on_which(tab: Callable[..., Tab], factory: Factory) -> None:
    item, other = factory.item(factory.page(), order=1), factory.page("Another")
    mine = tab(item)
    assert tab(item).save(page=other.id)
    assert not mine.save(title="Mine")
    assert mine.theirs == {"page": "Another"}
    assert mine.save()
    assert factory.reload(item).page_id == other.id


def test_a_file_that_somebody_else_has_sent_is_not_replaced_unseen(
    tab: Callable[..., Tab], factory: Factory, session: Session, video_bytes: bytes
) -> None:
    item = factory.item(factory.page(), "video")
    mine, again = tab(item), tab(item)
    assert tab(item).save(video_file=(BytesIO(video_bytes), "theirs.mp4"))
    assert not mine.save(title="Mine", video_file=(BytesIO(video_bytes), "mine.mp4"))
    assert mine.offered == ["video_file"]
    assert "theirs.mp4" in mine.theirs["video_file"]
    assert again.save(title="No file"), "who sends none replaces none"
    assert not mine.save(video_file=(BytesIO(video_bytes), "mine.mp4"))
    assert mine.save(video_file=(BytesIO(video_bytes), "mine.mp4"))
    attachment = session.get_one(Attachment, (item.id, "video"))
    assert attachment.upload
    assert attachment.upload.filename == "mine.mp4"


def test_a_worker_that_links_a_file_is_no_editor(
    tab: Callable[..., Tab], factory: Factory, engine: Engine, storage: Any, upload_id: int
) -> None:
    item = factory.reload(_of_upload(factory, upload_id))
    mine = tab(item)
    right, found = flow.claimed(engine, upload_id), flow.inspect(engine, storage, upload_id)
    flow.finish(engine, storage, right, found)
    assert mine.save(title="Mine", video_clear="y"), "nor is what it has done in one's way"
    assert (factory.reload(item).title, factory.reload(item).version) == ("Mine", 2)


def _of_upload(factory: Factory, upload_id: int) -> ContentItem:
    with Session(factory.engine) as session:
        return session.get_one(ContentItem, session.get_one(Upload, upload_id).item_id)


@pytest.mark.parametrize("version", [None, "", "x", "-1", "9" * 30], ids=str)
def test_a_program_that_names_no_version_saves(tab: Callable[..., Tab], factory: Factory, version: str | None) -> None:
    page = factory.page("Old")
    mine = tab(page)
    assert tab(page).save(title="Theirs")
    assert mine.save(title="Mine", version=version)


@pytest.mark.parametrize("seen", [None, "", "x", "[]", "{}", '{"title": 1}', '"title"'], ids=str)
def test_a_form_that_does_not_say_what_was_seen_is_compared_whole(
    tab: Callable[..., Tab], factory: Factory, seen: str | None
) -> None:
    page = factory.page("Old", text="Old text")
    mine = tab(page)
    assert tab(page).save(title="Theirs")
    assert not mine.save(text="Mine", form_seen=seen)
    assert mine.theirs == {"title": "Theirs", "text": "Old text"}
    assert mine.ticked == []


def test_what_was_sent_to_a_deleted_row_stays_on_screen_and_can_be_saved_anew(
    signed_in: FlaskClient, tab: Callable[..., Tab], factory: Factory, engine: Engine, session: Session
) -> None:
    page = factory.page()
    item = factory.item(page, title="Old")
    for row in (item, page):
        mine = tab(row)
        mine.address += "&url=/admin/"
        flow.delete(engine, row)
        assert not mine.save(title="Mine")
        assert "This has been deleted. Your text is still here" in mine.html
        assert mine.fields["title"] == "Mine"
        address = unescape(re.findall(r'class="admin-form[^>]* action="([^"]+)"', mine.html)[0])
        assert address.endswith("/new/?url=/admin/") or address.endswith("/new/?url=%2Fadmin%2F")
        assert signed_in.post(address, data=mine.fields).status_code == 302
    session.rollback()
    assert [found.title for found in session.query(Page)] == ["Mine"]


@pytest.mark.postgresql  # on SQLite one transaction writes at a time
def test_of_two_saves_at_the_same_instant_one_wins(
    app: Flask, tab: Callable[..., Tab], factory: Factory, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = factory.page("Old")
    first, second = tab(page), tab(page)
    other = app.test_client()
    cookie = first.client.get_cookie("session")
    assert cookie
    other.set_cookie("session", cookie.value)
    second.client = other
    real = FormView._on_model_change
    saved: list[bool] = []

    def meanwhile(self: FormView, *args: Any) -> None:
        real(self, *args)
        if not thread.is_alive() and not saved:
            thread.start()
            assert eventually(lambda: watching.scalar(_WAITING) == 1 or bool(watching.rollback()), pause=0.02)

    monkeypatch.setattr(FormView, "_on_model_change", meanwhile)
    thread = Thread(target=lambda: saved.append(second.save(title="Second")))
    with engine.connect() as watching:
        assert first.save(title="First")
    thread.join()
    assert saved == [False]
    assert second.theirs == {"title": "First"}
    assert factory.reload(page).title == "First"


@pytest.mark.parametrize("rounds", range(3))
def test_of_many_saves_at_once_one_wins(app: Flask, tab: Callable[..., Tab], factory: Factory, rounds: int) -> None:
    page = factory.page("Old")
    tabs = [tab(page) for _ in range(4)]
    cookie = tabs[0].client.get_cookie("session")
    saved: list[bool] = []
    for each in tabs:
        each.client = app.test_client()
        assert cookie
        each.client.set_cookie("session", cookie.value)
    threads = [Thread(target=lambda n=n: saved.append(tabs[n].save(title=f"T{n}"))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(saved) == [False] * 3 + [True]
    assert factory.reload(page).version == 2


def test_each_save_is_another_version_and_a_view_is_none(
    signed_in: FlaskClient, tab: Callable[..., Tab], factory: Factory
) -> None:
    page = factory.page(slug="it")
    item = factory.item(page)
    for expected in (2, 3):
        assert tab(item).save()
        signed_in.get("/it/")
        assert factory.reload(item).version == expected
    assert factory.reload(page).version == 1
