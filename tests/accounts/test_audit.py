"""The audit log: one entry for what somebody has done, written with it, and kept whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cms.accounts import audit, users
from cms.accounts.audit import Actor, AuditEntry, AuditRetention, Deed
from cms.database import now
from cms.pages.models import Attachment, ContentItem, Page
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


class Watched(Session):
    """Sessions in this test, apart from the product's."""


ASKED = {"is": True}
audit.watch(Watched, lambda: ASKED["is"], lambda: Actor("anna@example.com", "192.0.2.7"))


@pytest.fixture
def watched(engine: Any) -> Iterator[Session]:
    with Watched(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def entries(session: Session) -> Callable[[], list[AuditEntry]]:
    """The entries since the last call."""
    seen = [0]

    def new() -> list[AuditEntry]:
        found = session.scalars(select(AuditEntry).where(AuditEntry.id > seen[0]).order_by(AuditEntry.id)).all()
        session.expunge_all()
        session.rollback()
        seen[0] = max((entry.id for entry in found), default=seen[0])
        return list(found)

    return new


def test_a_change_is_one_entry_in_one_insert(
    watched: Session, factory: Factory, entries: Callable[[], list[AuditEntry]], queries: list[str]
) -> None:
    page = watched.get_one(Page, factory.page("Old", published=False).id)
    queries.clear()
    page.title = "Between"
    watched.flush()
    page.title, page.text = "Dawn", "x" * 999
    page.is_published = True
    watched.commit()
    assert len([statement for statement in queries if "audit_entry" in statement]) == 1
    (entry,) = entries()
    assert (entry.person, entry.address, entry.deed) == ("anna@example.com", "192.0.2.7", Deed.CHANGED)
    assert (entry.kind, entry.object_id, entry.title, entry.title_key) == ("page", page.id, "Dawn", "dawn")
    assert entry.changes == {"title": ["Old", "Dawn"], "text": ["", "x" * 120 + "…"], "is_published": [False, True]}
    assert now() - entry.at < timedelta(minutes=1)


def test_what_was_rolled_back_did_not_happen(
    watched: Session, factory: Factory, entries: Callable[[], list[AuditEntry]]
) -> None:
    page = watched.get_one(Page, factory.page("Old").id)
    page.title = "New"
    watched.flush()
    watched.rollback()
    watched.commit()
    assert page.title == "Old"
    page.title = "New"
    watched.flush()
    page.title = "Old"
    watched.commit()
    assert entries() == [], "it is as it was"


def test_making_deleting_and_restoring(watched: Session, entries: Callable[[], list[AuditEntry]]) -> None:
    watched.add(page := Page(title="Dawn", slug="dawn"))
    watched.flush()
    page.text = "More"
    watched.commit()
    for moment in (now(), None):
        page.deleted_at = moment
        watched.commit()
    watched.delete(page)
    watched.commit()
    assert [(entry.deed, entry.changes) for entry in entries()] == [
        (Deed.CREATED, {"text": ["", "More"]}),
        (Deed.DELETED, None),
        (Deed.RESTORED, None),
        (Deed.DELETED, None),
    ]


def test_passwords_are_not_in_it(watched: Session, entries: Callable[[], list[AuditEntry]]) -> None:
    user = users.create(watched, "boris@example.com", "correct horse")
    watched.commit()
    users.set_password(user, "battery staple")
    user.seen_at = now()
    watched.commit()
    made, changed = entries()
    assert made.changes is None
    assert changed.changes == {"password_hash": [None, "•••"]}
    user.seen_at = now() + timedelta(hours=1)
    watched.commit()
    assert entries() == []


def test_a_file_in_a_slot_is_a_change_of_its_item(
    watched: Session, factory: Factory, entries: Callable[[], list[AuditEntry]]
) -> None:
    media_file = factory.media_file()
    item = watched.get_one(ContentItem, factory.item(factory.page(), "video", title="A film").id)
    item.attachments["video"] = Attachment(slot="video", media_file_id=media_file.id)
    watched.commit()
    item.attachments["video"].texts = {"kind": "captions"}
    watched.commit()
    item.attachments.pop("video")
    watched.commit()
    assert [(entry.kind, entry.title, entry.deed, entry.changes) for entry in entries()] == [
        ("video", "A film", Deed.CHANGED, {"video: media_file_id": [None, media_file.id]}),
        ("video", "A film", Deed.CHANGED, {"video: texts: kind": [None, "captions"]}),
        ("video", "A film", Deed.CHANGED, {"video: media_file_id": [media_file.id, None]}),
    ]


def test_counts_and_workers_are_not_in_it(
    watched: Session, factory: Factory, entries: Callable[[], list[AuditEntry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    item = factory.item(factory.page())
    watched.execute(update(ContentItem).values(counter=ContentItem.counter + 1))
    watched.get_one(ContentItem, item.id).counter += 1
    watched.commit()
    monkeypatch.setitem(ASKED, "is", False)
    watched.get_one(ContentItem, item.id).title = "By a worker"
    watched.commit()
    assert entries() == []


@pytest.mark.parametrize(
    "statement",
    [
        update(AuditEntry).values(person="somebody@example.com"),
        delete(AuditEntry),
        text("DELETE FROM audit_entry WHERE id = (SELECT min(id) FROM audit_entry)"),
    ],
)
def test_the_database_keeps_all_entries(watched: Session, statement: Any) -> None:
    for _ in range(2):
        audit.note(watched, Deed.REFUSED, "nobody@example.com", "user")
        watched.commit()
    before = watched.scalars(select(AuditEntry.person)).all()
    with pytest.raises(DBAPIError, match="the audit log is kept"):
        watched.execute(statement)
    watched.rollback()
    assert watched.scalars(select(AuditEntry.person)).all() == before


@pytest.mark.postgresql
def test_not_even_all_at_once(watched: Session) -> None:
    with pytest.raises(DBAPIError, match="the audit log is kept"):
        watched.execute(text("TRUNCATE audit_entry"))


def test_older_entries_are_forgotten_on_purpose(watched: Session) -> None:
    old = {"title": "Old", "title_key": "old", "person": "a", "address": "", "deed": "changed", "kind": "page"}
    watched.execute(insert(AuditEntry), [{**old, "at": now() - timedelta(days=400)}, {**old, "at": now()}])
    watched.commit()
    assert audit.forget(watched, now() - timedelta(days=365)) == 1
    watched.commit()
    found = watched.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.deed for entry in found] == [Deed.CHANGED, Deed.FORGOTTEN]
    assert watched.scalars(select(AuditRetention)).all() == []
    with pytest.raises(DBAPIError, match="the audit log is kept"):
        watched.execute(delete(AuditEntry))
