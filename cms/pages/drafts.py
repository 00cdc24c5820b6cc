"""Changes of a published page that wait to be published.

Editors always change the page itself. While its changes wait, visitors see the revision that was kept before the first
of them (:mod:`cms.pages.live`). Publishing lets go of that revision; to discard the changes is to restore it.

Functions here flush and never commit.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, undefer

from cms.messages import N_, InvalidInput
from cms.pages import live, replacing_texts, revisions, snapshots, trash
from cms.pages.models import ContentItem, Page
from cms.pages.revision_models import Revision
from cms.pages.revisions import Action, Restored
from cms.pages.snapshots import PageSnapshot


@dataclass(frozen=True)
class Before:
    """How a page was before a change: the revision that visitors see of it, if the change is the first that waits.

    If others wait already, ``live`` is the id of the revision that visitors see.
    """

    found: Revision | None = None
    live: int | None = None


def begin(session: Session, page: Page) -> Before:
    """Keep what visitors see of a page before a change that shall wait. It is made next, and :func:`hold` follows."""
    if not page.is_published or page.live_revision_id:
        return Before(live=page.live_revision_id)
    return Before(revisions.keep_present(session, page))


def hold(session: Session, page: Page, before: Before) -> None:
    """Have visitors see what they saw before.

    The page's row is locked by :func:`cms.pages.revisions.keep`. If nothing waited any more when the lock was there,
    visitors go on seeing what was published then, or what they had seen all the time.
    """
    session.flush()
    session.refresh(page, ["is_published", "live_revision_id"])
    if not page.is_published or page.live_revision_id:
        return
    seen = before.found
    if before.live:
        is_published = and_(Revision.seen_before.is_not(None), Revision.action != Action.UNDONE)
        is_seen = or_(is_published, Revision.id == before.live)
        newest = select(Revision).where(Revision.page_id == page.id, is_seen).order_by(Revision.id.desc()).limit(1)
        seen = session.scalar(newest.options(undefer(Revision.content)))
    if seen is not None and _waits(session, page, seen):
        _show(session, page, seen.id)


def settle(session: Session, page: Page) -> None:
    """Let go of the revision that visitors see if the page has become the same again: then nothing waits any more.

    The page's row is locked by :func:`cms.pages.revisions.keep`.
    """
    session.flush()
    session.refresh(page, ["live_revision_id"])
    seen = _live(session, page)
    if seen is not None and not _waits(session, page, seen):
        _show(session, page, None)


def _show(session: Session, page: Page, revision: int | None) -> None:
    """Show visitors that revision of a page, or the page itself. When it was changed last stays as it is."""
    shown = update(Page).where(Page.id == page.id)
    session.execute(shown.values(live_revision_id=revision, updated_at=Page.updated_at))
    session.refresh(page, ["live_revision_id"])


def _live(session: Session, page: Page) -> Revision | None:
    """The revision that visitors see of a page whose changes wait."""
    mine = select(Revision).where(Revision.id == page.live_revision_id, Revision.page_id == page.id)
    return session.scalar(mine.options(undefer(Revision.content)))


def _waits(session: Session, page: Page, found: Revision) -> bool:
    """Whether visitors would notice what a page has been changed to, apart from its address and its tags."""
    seen, is_now = found.snapshot, snapshots.take(session, page)
    return any(seen[name] != is_now[name] for name in (*live.WAITING, "items"))  # type: ignore[literal-required]


def publish(session: Session, page: Page, editor: str | None) -> bool:
    """Publish a page as it is now; ``False`` if visitors see it like this already, or never, as it is a template.

    A time to publish it is no longer needed.
    """
    session.refresh(page, with_for_update={"key_share": True})
    if page.is_template or (page.is_published and not page.live_revision_id):
        return False
    revisions.keep_before(session, page)
    page.publish_at = None
    switch(session, page, True, editor)
    return True


def unpublish(session: Session, page: Page, editor: str | None) -> bool:
    """Take a page off the site; ``False`` if it is not published. Changes that wait stay in it.

    It has no time any more at which it would be published or unpublished: it stays off until somebody publishes it.
    """
    session.refresh(page, with_for_update={"key_share": True})
    if not page.is_published:
        return False
    revisions.keep_before(session, page)
    page.publish_at = page.unpublish_at = None
    switch(session, page, False, editor)
    return True


def switch(session: Session, page: Page, is_published: bool, editor: str | None) -> None:
    """Show visitors a page as it is now, or take it off the site. Its row is locked, and has revisions."""
    seen_before = page.live_revision_id or 0
    page.is_published, page.live_revision_id = is_published, None
    page.version += 1
    action = Action.PUBLISHED if is_published else Action.UNPUBLISHED
    revisions.keep(session, page, editor, action, page.title, seen_before)


def discard(session: Session, page: Page, editor: str) -> Restored:
    """Bring a page back to what visitors see.

    Raises:
        InvalidInput: no changes wait, or another page has the title by now.
    """
    # In the order in which others lock them; another editor may publish the page at this moment.
    trash.lock(session, select(ContentItem.id).where(ContentItem.page_id == page.id))
    session.refresh(page, with_for_update={"key_share": True})
    found = _live(session, page)
    if found is None:
        raise InvalidInput(N_("Visitors see the page as it is: there is nothing to discard."))
    report = revisions.restore(session, page, _seen(session, page, found), editor)
    page.live_revision_id = None
    session.flush()
    return report


def _seen(session: Session, page: Page, found: Revision) -> PageSnapshot:
    """What visitors see: what a revision has kept, with what does not wait, the address and files' replacements."""
    snapshot = replacing_texts.followed(session, page.id, found.snapshot, found.created_at)
    now_there = live.present_files(session, snapshot["items"], found.created_at)
    for item in snapshot["items"]:
        for file, was in zip(item["files"], snapshots.named_files(session, item["files"]), strict=True):
            number = now_there[item["id"], file["place"]]
            if number and number != was:
                file["media_file"], file["upload"], file["encoding"] = number, None, None
    return {**snapshot, "slug": page.slug, "tags": page.tags}
