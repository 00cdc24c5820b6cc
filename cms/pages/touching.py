"""Updates a page's ``updated_at`` when its items are added, changed, moved or deleted, or a file is completed.

Every session does this at its commit, in the same transaction, so that code that changes items need not.
"""

from __future__ import annotations

from sqlalchemy import bindparam, event, inspect, or_, select, update
from sqlalchemy.orm import Session

from cms.database import now
from cms.pages.models import Attachment, ContentItem, Page

#: Keys of a session's ``info``: the ids of changed items, and of pages that items have left.
_ITEMS, _LEFT = "touched_items", "left_pages"


_LIES_THERE = select(ContentItem.page_id).where(ContentItem.id.in_(bindparam("items", expanding=True)))
_TOUCHED = (
    select(Page.id)
    .where(or_(Page.id.in_(_LIES_THERE), Page.id.in_(bindparam("left", expanding=True))))
    .order_by(Page.id)
    .with_for_update(key_share=True)
)


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: object) -> None:
    items, left = session.info.setdefault(_ITEMS, set()), session.info.setdefault(_LEFT, set())
    for row in (*session.new, *filter(session.is_modified, session.dirty), *session.deleted):
        if isinstance(row, Attachment):
            items.add(row.item_id)
        elif isinstance(row, ContentItem):
            items.add(row.id)
            left.update(inspect(row).attrs.page_id.history.deleted or ())
            if row in session.deleted:
                left.add(row.page_id)


@event.listens_for(Session, "before_commit")
def _touch(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    items, left = session.info.pop(_ITEMS, ()), session.info.pop(_LEFT, ())
    if not (items or left):
        return
    # Lock pages after all other rows, in id order, to avoid deadlocks. Take the time under the lock, so that a later
    # commit has a later time.
    ids = session.scalars(_TOUCHED, {"items": list(items), "left": list(left)}).all()
    session.execute(update(Page).where(Page.id.in_(ids)).values(updated_at=now()))


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_ITEMS, None)
        session.info.pop(_LEFT, None)
