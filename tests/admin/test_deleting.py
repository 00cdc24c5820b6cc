"""Pages are deleted while others are at their items."""

from __future__ import annotations

from threading import Thread

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from cms.models import ContentItem, Page
from tests.conftest import csrf_token
from tests.factories import Made
from tests.flows.stack import eventually

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.mark.both_databases
def test_a_page_and_a_flush_never_wait_for_each_other(signed_in: FlaskClient, engine: Engine, made: Made) -> None:
    """A flush has one of the items and comes to the next; by their order on the page they come the other way round."""
    if engine.dialect.name == "sqlite":
        pytest.skip("on SQLite one transaction writes at a time")
    page = made.page()
    first, second = made.item(page, order=2).id, made.item(page, order=1).id
    form = {"id": page.id, "csrf_token": csrf_token(signed_in, "/admin/page/new/")}
    answers: list[int] = []
    deleting = Thread(target=lambda: answers.append(signed_in.post("/admin/page/delete/", data=form).status_code))
    with Session(engine) as flush, engine.connect() as other:
        for item in (first, second):
            locked = select(ContentItem.id).where(ContentItem.id == item)
            flush.execute(locked.with_for_update(key_share=True)).all()
            if item == first:
                deleting.start()
                assert eventually(lambda: other.scalar(_WAITING) == 1 or bool(other.rollback()), 10, 0.02)
        flush.commit()
    deleting.join()
    assert answers == [302]
    with Session(engine) as session:
        assert session.get(Page, page.id) is None
