"""Files that are stored already, found by their digest before their bytes are sent."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.media.locks import lock_digest
from cms.media.models import MediaFile, Original
from cms.messages import N_

#: Why somebody who may not change the library cannot use such a file.
IN_TRASH = N_("This file is in the trash. An editor has to restore it before it can be used.")
_DIGEST = re.compile("[0-9a-f]{64}")


def find(session: Session, digest: str) -> MediaFile | None:
    """The media file that an upload of these bytes would show, if it is stored and nothing is wrong with it.

    For a picture with private metadata, that is the copy without it. It may be in the trash.
    """
    if not _DIGEST.fullmatch(digest):
        return None
    found = session.scalar(select(MediaFile).where(MediaFile.digest == digest, MediaFile.fault.is_(None)))
    if found is None or not found.is_private:
        return found
    shown = select(MediaFile).join(Original, Original.shown_id == MediaFile.id).where(MediaFile.fault.is_(None))
    return session.scalar(shown.where(Original.media_file_id == found.id))


def locked(session: Session, digest: str) -> MediaFile | None:
    """The same, kept from removal until the transaction ends."""
    found = find(session, digest)
    if found is None:
        return None
    lock_digest(session, found.digest)
    still = (
        select(MediaFile).where(MediaFile.id == found.id).with_for_update().execution_options(populate_existing=True)
    )
    return session.scalar(still)


def locked_all(session: Session, media_file_ids: Collection[int]) -> dict[int, MediaFile]:
    """Those of these files, by id, that visitors may be shown, kept from removal until the transaction ends."""
    mine = MediaFile.id.in_(media_file_ids)
    for digest in sorted(session.scalars(select(MediaFile.digest).where(mine))):
        lock_digest(session, digest)
    rows = select(MediaFile).where(mine, MediaFile.fault.is_(None), MediaFile.deleted_at.is_(None))
    rows = rows.order_by(MediaFile.id).with_for_update().execution_options(populate_existing=True)
    return {file.id: file for file in session.scalars(rows) if not file.is_private}


def is_in_trash(session: Session, digest: str) -> bool:
    """Whether these bytes are in the trash. Whoever uses them takes them out, and other pages show them again."""
    trashed = select(MediaFile.id).where(MediaFile.digest == digest, MediaFile.deleted_at.is_not(None))
    return session.scalar(trashed) is not None


def revive(media_file: MediaFile) -> None:
    """Keep a file whose bytes are wanted again: out of the trash, and from being removed."""
    media_file.unreferenced_since = media_file.deleted_at = media_file.deleted_by = None


def family_of(media_file: MediaFile) -> str:
    """The family of slots that a stored file fits."""
    family, _, _ = media_file.mime_type.partition("/")
    if family in ("audio", "video"):
        return "video" if media_file.video_codec else "audio"
    return {"text": "subtitles", "application": "document"}.get(family, family)
