"""Changes of a published page that wait to be published.

Editors always change the page itself. While its changes wait, visitors see the revision that was kept before the first
of them (:mod:`cms.pages.live`). Publishing lets go of that revision; to discard the changes is to restore it.

Functions here flush and never commit.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from cms.messages import N_, InvalidInput
from cms.pages import revisions
from cms.pages.models import Page
from cms.pages.revision_models import Revision
from cms.pages.revisions import Action, Restored


def begin(session: Session, page: Page) -> Revision | None:
    """Keep what visitors see of a page before a change that shall wait; ``None`` if they see no change anyway.

    The change is made next, and :func:`hold` follows it.
    """
    if not page.is_published or page.live_revision_id:
        return None
    return revisions.keep_present(session, page)


def hold(session: Session, page: Page, found: Revision | None) -> None:
    """Have visitors see what :func:`begin` has found, unless another editor's changes wait already."""
    if found is None:
        return
    session.flush()
    is_live = (Page.id == page.id, Page.is_published, Page.live_revision_id.is_(None))
    session.execute(update(Page).where(*is_live).values(live_revision_id=found.id, updated_at=Page.updated_at))
    session.refresh(page, ["live_revision_id"])


def publish(session: Session, page: Page, editor: str | None) -> bool:
    """Publish a page as it is now; ``False`` if visitors see it like this already.

    A time to publish it is no longer needed.
    """
    session.refresh(page, with_for_update={"key_share": True})
    if page.is_published and not page.live_revision_id:
        return False
    revisions.keep_before(session, page)
    page.is_published, page.live_revision_id, page.publish_at = True, None, None
    page.version += 1
    revisions.keep(session, page, editor, Action.PUBLISHED, page.title)
    return True


def unpublish(session: Session, page: Page, editor: str | None) -> bool:
    """Take a page off the site; ``False`` if it is not published. Changes that wait stay in it."""
    session.refresh(page, with_for_update={"key_share": True})
    if not page.is_published:
        return False
    revisions.keep_before(session, page)
    page.is_published, page.live_revision_id, page.unpublish_at = False, None, None
    page.version += 1
    revisions.keep(session, page, editor, Action.UNPUBLISHED, page.title)
    return True


def discard(session: Session, page: Page, editor: str) -> Restored:
    """Bring a page back to what visitors see.

    Raises:
        InvalidInput: no changes wait, or another page has the title by now.
    """
    mine = select(Revision).where(Revision.id == page.live_revision_id, Revision.page_id == page.id)
    found = session.scalar(mine.options(undefer(Revision.content)))
    if found is None:
        raise InvalidInput(N_("Visitors see the page as it is: there is nothing to discard."))
    report = revisions.restore(session, page, found, editor)
    page.live_revision_id = None
    session.flush()
    return report
