"""A page's ``updated_at`` moves with what is on it: items that come, change, move or go, and completed files.

Any session does this at its commit, in the same transaction, so that no code that changes an item has to think of it.
"""

from __future__ import annotations

from sqlalchemy import event, inspect, or_, select, update
from sqlalchemy.orm import Session

from cms.database import now
from cms.pages.models import Attachment, ContentItem, Page

#: Where a session keeps the ids of the items that it has changed, and of the pages that items have left.
_ITEMS, _LEFT = "touched_items", "left_pages"


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
    lies_there = Page.id.in_(select(ContentItem.page_id).where(ContentItem.id.in_(items)))
    # Pages are locked after all other rows, and by their ids: one transaction waits for the other, and never both.
    # The time is taken under the lock: whoever commits later has the later one.
    touched = select(Page.id).where(or_(lies_there, Page.id.in_(left))).order_by(Page.id)
    ids = session.scalars(touched.with_for_update(key_share=True)).all()
    session.execute(update(Page).where(Page.id.in_(ids)).values(updated_at=now()))


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_ITEMS, None)
        session.info.pop(_LEFT, None)
