"""Pages and items are deleted while others use them."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from cms.admin.formatters import row_name
from cms.admin.pages import PageView
from cms.database import now
from cms.media import uploads
from cms.media.models import Upload, UploadStatus
from cms.media.storage import Storage
from cms.pages.models import ContentItem, Page
from tests.conftest import csrf_token
from tests.factories import Factory
from tests.media import uploading as flow
from tests.waiting import eventually

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


def for_good(client: FlaskClient, factory: Factory, row: Page | ContentItem) -> dict[str, str]:
    """Put a row into the trash, and return the form that deletes it for good."""
    factory.change(row, deleted_at=now())
    return {"row": row_name(row), "csrf_token": csrf_token(client)}


@pytest.mark.postgresql
@pytest.mark.parametrize("what", ["page", "video"])
def test_deleting_and_the_end_of_an_upload_never_wait_for_each_other(
    signed_in: FlaskClient, engine: Engine, storage: Storage, factory: Factory, video_bytes: bytes, what: str
) -> None:
    """A worker locks the upload and then the attachment; by the tables' keys the order would be reversed."""
    page = factory.page()
    item = factory.item(page, "video")
    upload_id = factory.upload(item, "video", "a.mp4", video_bytes)
    right, found = flow.claimed(engine, upload_id), flow.inspect(engine, storage, upload_id)
    form = for_good(signed_in, factory, page if what == "page" else item)
    answers: list[int] = []
    deleting = Thread(target=lambda: answers.append(signed_in.post("/admin/trash/delete/", data=form).status_code))
    with Session(engine) as worker, engine.connect() as other:
        worker.get(Upload, upload_id, with_for_update=True)
        deleting.start()
        assert eventually(lambda: other.scalar(_WAITING) == 1 or bool(other.rollback()), pause=0.02)
        assert uploads.complete(worker, right, found, storage, "UTC").status == UploadStatus.COMPLETED
        worker.commit()
    deleting.join()
    assert answers == [302]
    with Session(engine) as session:
        assert session.get(ContentItem, item.id) is None


@pytest.mark.postgresql
def test_a_title_that_is_taken_between_reading_and_writing_is_told_in_words(
    signed_in: FlaskClient, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = factory.page("Old")
    real = PageView.on_model_change

    def meanwhile(self: PageView, form: Any, model: Page, is_created: bool) -> None:
        factory.page("New")
        real(self, form, model, is_created)

    monkeypatch.setattr(PageView, "on_model_change", meanwhile)
    form = {"csrf_token": csrf_token(signed_in), "title": "New"}
    answer = signed_in.post(f"/admin/page/edit/?id={page.id}", data=form)
    assert answer.status_code == 200, "the form again"
    assert "This could not be saved because somebody else changed something in the meantime." in answer.text
    assert "UPDATE" not in answer.text


@pytest.mark.postgresql  # on SQLite one transaction writes at a time
def test_who_deletes_what_is_being_saved_waits_for_it(
    signed_in: FlaskClient, engine: Engine, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = factory.page("Old")
    deleting = Thread(target=lambda: flow.delete(engine, page))
    real = PageView.on_model_change

    def meanwhile(self: PageView, form: Any, model: Page, is_created: bool) -> None:
        deleting.start()
        assert eventually(lambda: other.scalar(_WAITING) == 1 or bool(other.rollback()), pause=0.02)
        real(self, form, model, is_created)

    monkeypatch.setattr(PageView, "on_model_change", meanwhile)
    form = {"csrf_token": csrf_token(signed_in), "title": "New"}
    with engine.connect() as other:
        assert signed_in.post(f"/admin/page/edit/?id={page.id}", data=form).status_code == 302
    deleting.join()
    assert factory.reload(page) is None


@pytest.mark.postgresql  # on SQLite one transaction writes at a time
def test_a_page_and_a_flush_never_wait_for_each_other(signed_in: FlaskClient, engine: Engine, factory: Factory) -> None:
    """A flush locks one item and then the next; by their order on the page the order would be reversed."""
    page = factory.page()
    first, second = factory.item(page, order=2).id, factory.item(page, order=1).id
    form = for_good(signed_in, factory, page)
    answers: list[int] = []
    deleting = Thread(target=lambda: answers.append(signed_in.post("/admin/trash/delete/", data=form).status_code))
    with Session(engine) as flush, engine.connect() as other:
        for item in (first, second):
            locked = select(ContentItem.id).where(ContentItem.id == item)
            flush.execute(locked.with_for_update(key_share=True)).all()
            if item == first:
                deleting.start()
                assert eventually(lambda: other.scalar(_WAITING) == 1 or bool(other.rollback()), pause=0.02)
        flush.commit()
    deleting.join()
    assert answers == [302]
    with Session(engine) as session:
        assert session.get(Page, page.id) is None
