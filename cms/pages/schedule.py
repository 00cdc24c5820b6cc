"""Pages that are published, or no longer published, at a time. Functions here flush and never commit.

A time is done once: the page's row is locked, and the time is cleared in the same transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cms.database import now
from cms.messages import N_, InvalidInput
from cms.pages import drafts, revisions
from cms.pages.models import Page

#: How many pages are published in one transaction.
BATCH = 20


def run_due(session: Session) -> list[Page]:
    """Publish and unpublish some of the pages whose time has come. Returns them.

    If both times of a page have passed, as after a standstill, the later one counts.
    """
    due = or_(Page.publish_at <= now(), Page.unpublish_at <= now())
    rows = select(Page).where(due, Page.deleted_at.is_(None), ~Page.is_template).order_by(Page.id).limit(BATCH)
    pages = session.scalars(rows.with_for_update(skip_locked=True, key_share=True)).all()
    for page in pages:
        revisions.keep_before(session, page)
        passed = [time for time in (page.publish_at, page.unpublish_at) if time and time <= now()]
        is_published = page.publish_at == max(passed)
        page.publish_at = None if page.publish_at in passed else page.publish_at
        page.unpublish_at = None if page.unpublish_at in passed else page.unpublish_at
        drafts.switch(session, page, is_published, None)
    session.flush()
    return list(pages)


def moment(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a local time. When a clock is set back, and shows it twice, it is the first one.

    Raises:
        InvalidInput: the clock is set forward, and never shows it.
    """
    found = local.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != local:
        raise InvalidInput(N_("The clock is set forward on that day and never shows this time."))
    return found
