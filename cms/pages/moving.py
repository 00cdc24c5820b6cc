"""Items that are moved to another page, with their ids, counts and versions. Functions flush and never commit."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.messages import N_, InvalidInput
from cms.pages import room, trash
from cms.pages.models import ContentItem, Page
from cms.pages.pages import next_order


def lock(session: Session, source: Page, target: Page) -> None:
    """Lock the items of both pages, in the order in which others lock them."""
    trash.lock_items(session, select(ContentItem.id).where(ContentItem.page_id.in_((source.id, target.id))))


def move(session: Session, ids: Collection[int], source: Page, target: Page) -> list[ContentItem]:
    """Move items from one page to the end of another, in the order that they have. They are locked. Returns them.

    Raises:
        InvalidInput: one of them is not on the page any more, both pages are the same, or the other one has no room.
    """
    if source.id == target.id:
        raise InvalidInput(N_("The items are on this page already."))
    there = select(ContentItem).where(ContentItem.page_id == source.id, ContentItem.deleted_at.is_(None))
    ordered = there.order_by(ContentItem.order, ContentItem.id).execution_options(populate_existing=True)
    items = [item for item in session.scalars(ordered) if item.id in ids]
    if not items or len(items) < len(set(ids)):
        raise InvalidInput(N_("Some of these items are not on this page any more. Please look again."))
    append(session, items, target)
    return items


def append(session: Session, items: Sequence[ContentItem], target: Page) -> None:
    """Move items of other pages to the end of a page. They are locked, and those of that page.

    Raises:
        InvalidInput: it has no room.
    """
    room.check(session, target.id, len(items))
    order = next_order(session, target.id)
    for place, item in enumerate(items):
        item.page, item.order = target, order + place
        item.version += 1
    session.flush()
