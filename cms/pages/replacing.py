"""One file takes another's place wherever it is: in slots, and in texts. That can be undone.

Functions flush and never commit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.orm import Session, joinedload, undefer
from sqlalchemy.orm.attributes import flag_dirty

from cms.database import now
from cms.media import known
from cms.media.families import family_of
from cms.media.models import MediaFile, UploadStatus
from cms.messages import N_, InvalidInput
from cms.pages import replacing_texts, revisions, snapshots, trash
from cms.pages.models import Attachment, ContentItem, Page
from cms.pages.replacement_models import ReplacedSlot, ReplacedText, Replacement, replaced_by
from cms.pages.revision_models import Revision, RevisionFile
from cms.pages.revisions import Action
from cms.pages.text_files import TextFile

_FINAL = (UploadStatus.COMPLETED, UploadStatus.FAILED)
#: How many replacements of a file are shown.
SHOWN = 20
CHANGED = N_("The places that show this file have changed meanwhile. Please look at the list again.")


def check(media_file: MediaFile, successor: MediaFile) -> None:
    """Whether one may take the other's place.

    Raises:
        InvalidInput: they are the same, or do not fit the same slots, or visitors do not get the successor.
    """
    if successor.id == media_file.id:
        raise InvalidInput(N_("This is the same file: there is nothing to replace."))
    if successor.deleted_at is not None:
        raise InvalidInput(N_("“%(name)s” is in the trash. Restore it first."), name=str(successor))
    if family_of(successor) != family_of(media_file) or successor.is_private:
        raise InvalidInput(N_("“%(name)s” is a file of another kind: it does not fit there."), name=str(successor))


def replace(session: Session, media_file: MediaFile, successor: MediaFile, editor: str, expected: int) -> Replacement:
    """Have all slots show the successor, and all texts name it, also those of items in the trash.

    The pages' histories keep both states.

    Args:
        session: in a transaction that the caller commits.
        media_file: what they show now.
        successor: what they will show.
        editor: who does this.
        expected: in how many places the editor was told that it is.

    Raises:
        InvalidInput: the successor does not fit, or the file is in other places than the editor was told.
    """
    check(media_file, successor)
    lock_files(session, [media_file, successor])
    lock_places(session, [media_file.id])
    # Not before: a draft that has begun while this waited for the locks is older than it.
    replacement = Replacement(media_file_id=media_file.id, successor_id=successor.id, editor=editor)
    session.add(replacement)
    session.flush()
    attachments = _read(session, Attachment.media_file_id == media_file.id)
    texts = replacing_texts.naming(session, media_file.id)
    if len(attachments) + len(texts) != expected or not expected:
        raise InvalidInput(CHANGED)
    changed = [*(attachment.item for attachment in attachments), *texts]
    pages = _pages(changed)
    for page in pages:
        revisions.keep_before(session, page)
    for attachment in attachments:
        slot = ReplacedSlot(item_id=attachment.item_id, slot=attachment.slot)
        slot.upload_id, slot.encoding, slot.source = attachment.upload_id, attachment.encoding, attachment.source
        replacement.slots.append(slot)
        _show(attachment, successor, None, None)
        if attachment.upload is None or attachment.upload.status in _FINAL:
            attachment.upload = None  # else the newer upload will have the place
    replacing_texts.replace(session, replacement, texts)
    _keep(session, changed, pages, editor, str(media_file))
    _show_visitors(session, _live(media_file.id))
    return replacement


def undo(session: Session, replacement: Replacement, editor: str) -> tuple[int, int]:
    """Put the file back where the successor still is. Return in how many places, and in how many others not.

    Where changes wait, visitors see it, too (:func:`cms.pages.replacement_models.followed`).

    Raises:
        InvalidInput: this was done already.
    """
    lock_files(session, [replacement.media_file, replacement.successor])
    lock_replacements(session, [replacement.id])
    session.refresh(replacement)
    if replacement.undone_at is not None:
        raise InvalidInput(N_("This has been undone already."))
    slots = {(slot.item_id, slot.slot): slot for slot in replacement.slots}
    shown = (Attachment.media_file_id == replacement.successor_id) & Attachment.item_id.in_({key[0] for key in slots})
    attachments = [each for each in _read(session, shown) if (each.item_id, each.slot) in slots]
    file = snapshots.for_visitors(session, replacement.media_file) or replacement.media_file
    texts, unchanged = replacing_texts.undo(session, replacement, file)
    if attachments or texts:
        known.revive(file)
    for attachment in attachments:
        slot = slots[attachment.item_id, attachment.slot]
        _show(attachment, file, slot.encoding, slot.source)
        if attachment.upload_id is None:
            attachment.upload_id = slot.upload_id
    replacement.undone_at = now()
    changed = [*(attachment.item for attachment in attachments), *texts]
    _keep(session, changed, _pages(changed), editor, str(replacement.successor))
    item_ids = {item_id for item_id, _ in slots} | {text.item_id for text in replacement.texts}
    mine = select(ContentItem.page_id).where(ContentItem.id.in_(item_ids))
    own = {text.page_id for text in replacement.texts}
    waiting = Page.live_revision_id.is_not(None) & (Page.id.in_(mine) | Page.id.in_(own))
    _show_visitors(session, waiting | _live(replacement.media_file_id))
    return len(attachments) + len(texts), len(slots) - len(attachments) + unchanged


def lock_files(session: Session, files: Collection[MediaFile]) -> None:
    """Lock files, in id order. Replacements of them, items and pages come later."""
    mine = select(MediaFile.id).where(MediaFile.id.in_({file.id for file in files})).order_by(MediaFile.id)
    session.execute(mine.with_for_update()).all()


def lock_places(session: Session, media_file_ids: Collection[int]) -> None:
    """Lock the items that show these files or name one in a text, then their pages, and those whose texts name one."""
    named = TextFile.media_file_id.in_(media_file_ids)
    shown = select(Attachment.item_id).where(Attachment.media_file_id.in_(media_file_ids))
    _lock(session, (shown, select(TextFile.item_id).where(named)), select(TextFile.page_id).where(named))


def lock_replacements(session: Session, ids: Collection[int]) -> None:
    """Lock replacements, then the items and pages that they have changed."""
    mine = select(Replacement.id).where(Replacement.id.in_(ids)).order_by(Replacement.id)
    session.execute(mine.with_for_update()).all()
    texts, slots = ReplacedText.replacement_id.in_(ids), ReplacedSlot.replacement_id.in_(ids)
    items = (select(ReplacedSlot.item_id).where(slots), select(ReplacedText.item_id).where(texts))
    _lock(session, items, select(ReplacedText.page_id).where(texts))


def _lock(session: Session, items: tuple[Select[Any], Select[Any]], pages: Select[Any]) -> None:
    which = or_(*(ContentItem.id.in_(ids) for ids in items))
    trash.lock(session, select(ContentItem.id).where(which))
    theirs = Page.id.in_(select(ContentItem.page_id).where(which)) | Page.id.in_(pages)
    session.execute(select(Page.id).where(theirs).order_by(Page.id).with_for_update(key_share=True)).all()


def of(session: Session, media_file_id: int) -> Sequence[Replacement]:
    """The newest replacements of a file and by it."""
    named = or_(Replacement.media_file_id == media_file_id, Replacement.successor_id == media_file_id)
    files = (joinedload(Replacement.media_file), joinedload(Replacement.successor))
    newest = select(Replacement).where(named).options(*files).order_by(Replacement.id.desc()).limit(SHOWN)
    return session.scalars(newest).all()


def count_places(session: Session, media_file_ids: Collection[int]) -> dict[int, int]:
    """In how many slots each of these files is shown, and texts name it, those in the trash included."""
    counts = dict.fromkeys(media_file_ids, 0)
    columns: tuple[Any, ...] = (Attachment.media_file_id, TextFile.media_file_id)
    for column in columns:
        counted = select(column, func.count()).where(column.in_(media_file_ids)).group_by(column)
        for id_, count in session.execute(counted):
            counts[id_] += count
    return counts


def forget_old(session: Session, kept_for: timedelta) -> None:
    """Forget replacements that were made longer ago: they cannot be undone any more, and their files may go.

    Those stay that may show on pages with changes that wait (:mod:`cms.pages.live`).
    """
    live = select(func.min(Revision.created_at)).join(Page, Page.live_revision_id == Revision.id)
    times = (now() - kept_for, session.scalar(live))
    last_change = func.coalesce(Replacement.undone_at, Replacement.created_at)
    session.execute(delete(Replacement).where(last_change <= min(time for time in times if time)))


def _read(session: Session, which: ColumnElement[bool]) -> Sequence[Attachment]:
    found = select(Attachment).where(which).order_by(Attachment.item_id, Attachment.slot)
    options = (joinedload(Attachment.item).joinedload(ContentItem.page), joinedload(Attachment.upload))
    fresh = {"populate_existing": True}
    return session.scalars(found.options(*options, undefer(Attachment.source)), execution_options=fresh).all()


def _show(attachment: Attachment, file: MediaFile, encoding: str | None, source: bytes | None) -> None:
    """Unlike :meth:`Attachment.show` this changes no titles: the item stays what it is."""
    attachment.media_file, attachment.encoding, attachment.source = file, encoding, source


def _live(media_file_id: int) -> ColumnElement[bool]:
    """The condition for pages of which a revision is shown that names a file, or one that it has replaced."""
    named = RevisionFile.media_file_id.in_(replaced_by([media_file_id]))
    return Page.live_revision_id.in_(select(RevisionFile.revision_id).where(named))


def _show_visitors(session: Session, which: ColumnElement[bool]) -> None:
    """Have responses made anew of pages whose rows stay as they are, while visitors see what was kept of them."""
    for page in session.scalars(select(Page).where(which)):
        flag_dirty(page)
    session.flush()


def _pages(rows: Iterable[ContentItem | Page]) -> list[Page]:
    return sorted({row if isinstance(row, Page) else row.page for row in rows}, key=lambda page: page.id)


def _keep(
    session: Session, changed: Iterable[ContentItem | Page], pages: list[Page], editor: str, subject: str
) -> None:
    """Raise the versions of what was changed, so that open forms notice, and keep the pages, which are locked last."""
    for row in set(changed):
        row.version += 1
    session.flush()
    for page in pages:
        revisions.keep(session, page, editor, Action.REPLACED, subject)
