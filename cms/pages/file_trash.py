"""Media files that editors delete: they go into the trash, come back with all that they had, or go for good.

A file in the trash keeps its place in every slot, so that it comes back with its uses; visitors do not see it there,
and nobody is offered it. Garbage collection leaves it alone. Functions here flush and never commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session, joinedload

from cms.database import now
from cms.media import known
from cms.media.locks import lock_digest
from cms.media.models import MediaFile, Original, UploadStatus
from cms.media.references import is_referenced
from cms.messages import N_, InvalidInput
from cms.pages import revisions, text_files, trash
from cms.pages.models import Attachment, ContentItem
from cms.pages.revision_models import RevisionFile
from cms.pages.revisions import Action

_FINAL = (UploadStatus.COMPLETED, UploadStatus.FAILED)


def is_kept() -> ColumnElement[bool]:
    """The condition for media files that are not in the trash."""
    return MediaFile.deleted_at.is_(None)


def discard(
    session: Session, media_file_ids: Collection[int], editor: str, *, only_unused: bool = False
) -> list[MediaFile]:
    """Put media files into the trash, or those of them that nothing shows or keeps. Originals go with what is shown.

    Return those that were not in it already.
    """
    files = [file for file in _locked(session, media_file_ids) if not (file.deleted_at or file.is_private)]
    if only_unused:  # asked when they are locked: until then others may use them
        unused = select(MediaFile.id).where(MediaFile.id.in_([file.id for file in files]), ~is_referenced())
        ids = set(session.scalars(unused))
        files = [file for file in files if file.id in ids]
    for file in files:
        file.deleted_at, file.deleted_by = now(), editor
    session.flush()
    return files


def restore(session: Session, media_file: MediaFile) -> MediaFile:
    """Take a media file out of the trash, with all its uses.

    Raises:
        InvalidInput: it is not in the trash any more.
    """
    title = str(media_file)
    found = next(iter(_locked(session, [media_file.id])), None)
    if found is None or found.deleted_at is None:
        raise InvalidInput(N_("“%(title)s” is not in the trash any more."), title=title)
    known.revive(found)
    session.flush()
    return found


def expired(session: Session, kept_for: timedelta, but: Collection[int] = ()) -> Sequence[MediaFile]:
    """Some of the media files that have been in the trash for longer than that, without those with the ids ``but``."""
    old = select(MediaFile).where(MediaFile.deleted_at < now() - kept_for, MediaFile.id.not_in(but))
    return session.scalars(old.order_by(MediaFile.id).limit(trash.BATCH)).all()


def delete_for_good(session: Session, media_file: MediaFile, editor: str | None) -> list[str]:
    """Delete a media file that is in the trash, and the originals that it was shown for; nothing names them any more.

    Return the paths of the files, which are to be removed after the commit. It is none if the file was restored.
    """
    lock_digest(session, media_file.digest)
    found = next(iter(_locked(session, [media_file.id])), None)
    if found is None or found.deleted_at is None:
        return []
    title, originals = str(found), list(session.scalars(select(Original).where(Original.shown_id == found.id)))
    gone = [found.id, *(original.media_file_id for original in originals)]
    paths = list(session.scalars(select(MediaFile.path).where(MediaFile.id.in_(gone))))
    _empty_slots(session, gone, title, editor)
    session.execute(delete(Original).where(or_(Original.shown_id.in_(gone), Original.media_file_id.in_(gone))))
    session.execute(delete(RevisionFile).where(RevisionFile.media_file_id.in_(gone)))
    text_files.forget(session, gone)
    for file in session.scalars(select(MediaFile).where(MediaFile.id.in_(gone)).order_by(MediaFile.id)).all():
        session.delete(file)
    session.flush()
    return paths


def _empty_slots(session: Session, media_file_ids: Collection[int], title: str, editor: str | None) -> None:
    """Take media files out of all slots. The histories of the pages tell of it."""
    shown = Attachment.media_file_id.in_(media_file_ids)
    trash.lock(session, select(ContentItem.id).where(ContentItem.id.in_(select(Attachment.item_id).where(shown))))
    options = (joinedload(Attachment.item).joinedload(ContentItem.page), joinedload(Attachment.upload))
    attachments = session.scalars(select(Attachment).where(shown).options(*options)).all()
    pages = sorted({attachment.item.page for attachment in attachments}, key=lambda page: page.id)
    for page in pages:
        revisions.keep_before(session, page)
    for item in {attachment.item for attachment in attachments}:
        item.version += 1
    for attachment in attachments:
        attachment.media_file = attachment.encoding = attachment.source = None
        if attachment.upload is None or attachment.upload.status in _FINAL:
            attachment.item.attachments.pop(attachment.slot)
    session.flush()
    for page in pages:
        revisions.keep(session, page, editor, Action.DELETED, title)


def _locked(session: Session, media_file_ids: Collection[int]) -> Sequence[MediaFile]:
    wanted = select(MediaFile).where(MediaFile.id.in_(media_file_ids)).order_by(MediaFile.id)
    return session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all()
