"""The history of a page, and what goes from it when it is full."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cms.database import now
from cms.pages import revisions, snapshots
from cms.pages.models import ContentItem, Page, kind_named
from cms.pages.revision_models import Revision
from cms.pages.revisions import Action
from tests.factories import Factory

pytestmark = pytest.mark.both_databases


def save(session: Session, page: Page, minutes: int, text: str, editor: str = "me@example.com") -> None:
    """Save a page with another text, so many minutes from now."""
    page = session.get_one(Page, page.id)
    page.text = text
    revision = revisions.keep(session, page, editor, Action.EDITED, page.title)
    revision.created_at = now() + timedelta(minutes=minutes)
    session.commit()


def texts(session: Session, page: Page) -> list[str]:
    found = session.scalars(select(Revision).where(Revision.page_id == page.id).order_by(Revision.id)).all()
    kept = [revision.snapshot["text"] for revision in found]
    session.rollback()
    return kept


def test_a_form_that_saves_itself_drives_out_no_older_day(
    session: Session, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "MOST_KEPT", 9)
    monkeypatch.setattr(revisions, "ALL_KEPT", 2)
    for day in range(3):
        save(session, page, 1440 * day, f"day {day}")
    for minute in range(40):
        save(session, page, 4320 + minute, f"minute {minute}")
    minutes = [f"minute {minute}" for minute in (0, 14, 28, 37, 38, 39)]
    assert texts(session, page) == ["day 0", "day 1", "day 2", *minutes]


def test_what_others_have_saved_in_between_stays(session: Session, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "MOST_KEPT", 4)
    monkeypatch.setattr(revisions, "ALL_KEPT", 1)
    save(session, page, -1440, "yesterday")
    for minute, editor in enumerate(["me", "you", "me", "you"]):
        save(session, page, minute, f"{editor} {minute}", editor)
    assert texts(session, page) == ["me 0", "you 1", "me 2", "you 3"]


def test_an_item_that_is_deleted_while_a_revision_is_kept_is_left_out(
    session: Session, page: Page, factory: Factory
) -> None:
    stays, gone = (factory.item(page, "text", text="Hi") for _ in range(2))
    table = kind_named("text").__table__
    session.execute(delete(table).where(table.c.id == gone.id))
    kept = snapshots.take_items(session, ContentItem.page_id == page.id)
    session.rollback()
    assert [(item["id"], item["fields"]["text"]) for item in kept] == [(stays.id, "Hi")]
