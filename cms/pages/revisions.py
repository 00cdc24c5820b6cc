"""The history of pages: a revision is kept whenever an editor has changed something, and can be restored.

Functions here flush and never commit.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from blake3 import blake3
from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.orm import Session, aliased, undefer

from cms.database import now
from cms.media.models import Upload, UploadStatus
from cms.messages import N_, InvalidInput
from cms.pages import snapshots, text_files, trash
from cms.pages.models import ContentItem, Page, kind_named
from cms.pages.revision_models import Revision, RevisionFile
from cms.pages.snapshots import ItemSnapshot, PageSnapshot

#: How many revisions of a page are kept.
MOST_KEPT = 200
#: How many of the newest are kept all, one for each change.
ALL_KEPT = 50
#: Of what an editor has saved within this time, one older revision is enough if there are too many.
SOON = timedelta(minutes=15)

#: The key of a session's ``info`` with the ids of revisions that its editor has made, in order.
MADE = "made_revisions"

_FINAL = (UploadStatus.COMPLETED, UploadStatus.FAILED)


class Action(StrEnum):
    """What an editor did."""

    FOUND = "found"  # nobody did anything: the state before the first change
    CREATED = "created"
    EDITED = "edited"
    ADDED = "added"
    MOVED = "moved"
    REORDERED = "reordered"
    DELETED = "deleted"
    UNDELETED = "undeleted"
    RESTORED = "restored"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    REPLACED = "replaced"
    UNDONE = "undone"
    REDONE = "redone"


@dataclass
class Restored:
    """What could not be brought back: items that are on other pages now, items of unknown kinds, and files."""

    moved: int = 0
    unknown: int = 0
    files: int = 0


def keep_before(session: Session, page: Page) -> None:
    """Keep how a page was found, before its first revision: it may be older than its history."""
    if session.scalar(select(Revision.id).where(Revision.page_id == page.id).limit(1)) is None:
        keep_present(session, page)


def keep_present(session: Session, page: Page) -> Revision:
    """The revision of a page as it is, before it is changed. It is the last one, or nobody has made it."""
    return _keep(session, page, None, Action.FOUND, page.title)


def keep(
    session: Session, page: Page, editor: str | None, action: Action, subject: str, seen_before: int | None = None
) -> Revision:
    """Keep how a page is now, unless the last revision is the same. Returns the last one.

    With ``seen_before`` it is always a new one, as visitors see something else from now on.

    The page's row is locked, so that of two editors who change different items the second one keeps both changes.
    """
    session.flush()
    session.execute(select(Page.id).where(Page.id == page.id).with_for_update(key_share=True))
    return _keep(session, page, editor, action, subject, seen_before)


def _keep(
    session: Session, page: Page, editor: str | None, action: Action, subject: str, seen_before: int | None = None
) -> Revision:
    snapshot = snapshots.take(session, page)
    content = snapshots.written(snapshot)
    digest = blake3(content).hexdigest()
    mine = select(Revision).where(Revision.page_id == page.id).order_by(Revision.id.desc())
    newest = session.scalar(mine.limit(1))
    if newest is not None and newest.digest == digest and seen_before is None:
        return newest
    revision = Revision(
        page_id=page.id,
        editor=editor,
        action=action,
        subject=subject,
        content=zlib.compress(content),
        digest=digest,
        seen_before=seen_before,
    )
    session.add(revision)
    session.flush()
    if files := _named_files(session, revision, snapshot):
        session.execute(insert(RevisionFile), files)
    if editor is not None:
        session.info.setdefault(MADE, []).append(revision.id)
    _thin_out(session, page)
    return revision


def _thin_out(session: Session, page: Page) -> None:
    """Delete as many revisions as there are too many: first those between two others of a quarter of an hour.

    A form saves itself every few seconds. What it held in between goes before what the page was a month ago.
    """
    is_superseded = Revision.page_id == page.id, Revision.id.not_in(_live())
    too_many = (session.scalar(select(func.count()).where(*is_superseded)) or 0) - MOST_KEPT
    if too_many <= 0:
        return
    told = Revision.id, Revision.created_at, Revision.action, Revision.editor, Revision.subject
    found = session.execute(select(*told).where(*is_superseded).order_by(Revision.id)).all()
    older = found[:-ALL_KEPT]
    passed_by = [
        between.id
        for earlier, between, later in zip(older, older[1:], older[2:], strict=False)
        if later.created_at - earlier.created_at < SOON
        and between.action == later.action == Action.EDITED
        and (between.editor, between.subject) == (later.editor, later.subject)
    ]
    ids = [*passed_by, *(revision.id for revision in found)]
    session.execute(delete(Revision).where(Revision.id.in_(ids[:too_many])))
    session.flush()


def _live() -> Select[tuple[int | None]]:
    """The ids of revisions that visitors see."""
    return select(Page.live_revision_id).where(Page.live_revision_id.is_not(None))


def _named_files(session: Session, revision: Revision, snapshot: PageSnapshot) -> list[dict[str, int | None]]:
    """Rows for what a revision names: the files that are shown, and the uploads that will replace them."""
    files = {(file["media_file"], file["upload"]) for item in snapshot["items"] for file in item["files"]}
    texts = [text for item in snapshot["items"] for text in item["fields"].values()]
    texts += [snapshot["text"], snapshot["sharing_picture"]]
    files |= {(media_file, None) for media_file in text_files.named_in(session, texts)}
    uploads = {upload for _, upload in files if upload}
    unfinished = select(Upload.id).where(Upload.id.in_(uploads), Upload.status.not_in(_FINAL))
    on_their_way = set(session.scalars(unfinished)) if uploads else set()
    return [
        {"revision_id": revision.id, "media_file_id": media_file, "upload_id": upload if is_on_its_way else None}
        for media_file, upload in files
        if (is_on_its_way := upload in on_their_way) or media_file
    ]


def release_files(session: Session, kept_for: timedelta) -> None:
    """Let go of the files of revisions that were superseded longer ago than that; of all, if nothing is to be kept.

    The revisions stay. Whoever restores one is told which files are gone.
    """
    released = delete(RevisionFile).where(RevisionFile.revision_id.not_in(_live()))
    if kept_for:
        later = aliased(Revision)
        is_over = later.page_id == Revision.page_id, later.id > Revision.id, later.created_at < now() - kept_for
        over = select(Revision.id).where(select(later.id).where(*is_over).exists())
        released = released.where(RevisionFile.revision_id.in_(over))
    session.execute(released)


def of(session: Session, page_id: int, offset: int, limit: int) -> Sequence[Revision]:
    """A page's revisions without their content, the newest first."""
    mine = select(Revision).where(Revision.page_id == page_id).order_by(Revision.id.desc())
    return session.scalars(mine.offset(offset).limit(limit)).all()


def before(session: Session, revision: Revision) -> Revision | None:
    """The revision before this one."""
    earlier = select(Revision).where(Revision.page_id == revision.page_id, Revision.id < revision.id)
    return session.scalar(earlier.order_by(Revision.id.desc()).limit(1).options(undefer(Revision.content)))


def restore(session: Session, page: Page, was: PageSnapshot, editor: str) -> Restored:
    """Bring a page back to what it was. Items keep their ids and counts; what was added since goes into the trash.

    Whether the page is published stays as it is.

    Raises:
        InvalidInput: another page has the title or the slug by now.
    """
    report = Restored()
    # Items come before their page, as for an editor who saves one: another order could end in a deadlock.
    trash.lock(session, select(ContentItem.id).where(ContentItem.page_id == page.id))
    session.refresh(page, with_for_update={"key_share": True})
    for name in ("title", "slug"):
        check_free(session, page, name, was[name])
    for name, value in snapshots.fields_of(session, was).items():
        setattr(page, name, value)
    page.version += 1
    wanted = {item["id"] for item in was["items"]}
    for item in list(page.items):
        if item.id not in wanted:
            trash.discard(session, item, editor)
    for snapshot in was["items"]:
        _restore_item(session, page, snapshot, report)
    session.flush()
    session.expire(page)
    keep(session, page, editor, Action.RESTORED, page.title)
    return report


def check_free(session: Session, page: Page, name: str, value: str) -> None:
    """Check that a page can have a title or a slug again.

    Raises:
        InvalidInput: another page has it by now.
    """
    other = select(Page.id).where(getattr(Page, name) == value, Page.id != page.id, Page.deleted_at.is_(None))
    if session.scalar(other) is not None:
        raise InvalidInput(
            N_("Another page has the title “%(value)s” now. Give that one another title first.")
            if name == "title"
            else N_("Another page has the address “%(value)s” now. Give that one another address first."),
            value=value,
        )


def _restore_item(session: Session, page: Page, snapshot: ItemSnapshot, report: Restored) -> None:
    item = session.get(ContentItem, snapshot["id"])
    if item is not None and item.page_id != page.id:
        report.moved += 1
        return
    if item is None:
        try:
            kind = kind_named(snapshot["kind"])
        except KeyError:
            report.unknown += 1
            return
        item = kind(id=snapshot["id"], page_id=page.id)
        session.add(item)
    item.deleted_at = item.deleted_by = None
    item.was_active = False
    with session.no_autoflush:
        report.files += snapshots.fill(session, item, snapshot)
    if item.version is not None:  # none yet of a new one
        item.version += 1
    session.flush()
