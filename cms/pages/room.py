"""How many items a page has room for: so many that its screen, and the page itself, are still quick."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.messages import N_, InvalidInput
from cms.pages.models import ContentItem

#: Pages that have more by now keep them.
MOST = 1000


def check(session: Session, page_id: int, more: int = 1) -> None:
    """Check that a page has room for more items.

    Raises:
        InvalidInput: it has not.
    """
    there = select(func.count(ContentItem.id)).where(ContentItem.page_id == page_id, ContentItem.deleted_at.is_(None))
    if (session.scalar(there) or 0) + more > MOST:
        raise InvalidInput(N_("A page has room for %(most)s items. Put the others on another page."), most=MOST)
