"""Pages that are templates: new pages are copies of them. Visitors never see a template: it is never published.

Functions here flush and never commit.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.messages import N_
from cms.pages import drafts
from cms.pages.models import Page

#: How many templates are offered.
OFFERED = 50
NEVER_PUBLISHED = N_(
    "This page is a template, which visitors never see. Make a page from it, or let it be an ordinary page."
)


def offered(session: Session) -> Sequence[Page]:
    """The templates, by title."""
    found = select(Page).where(Page.is_template, Page.deleted_at.is_(None))
    return session.scalars(found.order_by(Page.title_key, Page.id).limit(OFFERED)).all()


def mark(session: Session, page: Page, editor: str) -> bool:
    """Make a page a template: it is taken off the site, and its times are forgotten. ``False`` if it is one already."""
    session.refresh(page, with_for_update={"key_share": True})
    if page.is_template:
        return False
    drafts.unpublish(session, page, editor)
    page.publish_at = page.unpublish_at = None
    page.is_template, page.version = True, page.version + 1
    session.flush()
    return True


def unmark(session: Session, page: Page) -> bool:
    """Make a template an ordinary page, a draft. ``False`` if it is one already."""
    session.refresh(page, with_for_update={"key_share": True})
    if not page.is_template:
        return False
    page.is_template, page.version = False, page.version + 1
    session.flush()
    return True
