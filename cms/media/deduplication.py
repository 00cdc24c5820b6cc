"""Deduplication: equal bytes are one media file, stored once."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cms.database import now
from cms.media import known, probe
from cms.media.derivatives import deriving
from cms.media.inspection import Inspected
from cms.media.locks import DIGEST_START, lock_digest
from cms.media.models import MediaFile
from cms.media.storage.store import MediaStore, Publish

# How many digits of the digest a stored name carries: a short start, or all if two starts are ever equal.
DIGEST_STARTS = (DIGEST_START, 64)


def deduplicate(
    session: Session, found: Inspected, store: MediaStore, publish: Publish, path_for: Callable[[str], str]
) -> tuple[MediaFile, bool]:
    """Return the one media file with these bytes, and whether it existed.

    A new row is inserted before its file is stored. Others see it only after the commit, when the file is there.

    Args:
        session: in a transaction that the caller commits.
        found: the bytes.
        store: where they go.
        publish: stores them under a path.
        path_for: the path of a new file, by the part of the digest that its name carries.
    """
    lock_digest(session, found.digest)
    same_bytes = select(MediaFile).where(MediaFile.digest == found.digest).with_for_update()
    for length in DIGEST_STARTS:
        if media_file := session.scalar(same_bytes):
            _revive(session, media_file, found, store, publish)
            return media_file, True
        path = path_for(found.digest[:length])
        media_file = MediaFile(digest=found.digest, size=found.size, mime_type=found.media_type.mime, path=path)
        probe.note(media_file, found.probe)
        try:
            with session.begin_nested():
                session.add(media_file)
        except IntegrityError:
            continue  # another worker has added the digest, and its row is there now; or the short name is taken
        publish(path)
        return media_file, False
    winner = session.scalars(same_bytes).one()
    _revive(session, winner, found, store, publish)
    return winner, True


def _revive(session: Session, media_file: MediaFile, found: Inspected, store: MediaStore, publish: Publish) -> None:
    """Keep a file whose bytes are wanted again. If they have vanished or are known to be damaged, put them back."""
    known.revive(media_file)
    probe.note(media_file, found.probe)
    stored = store.stat(media_file.path)
    if media_file.fault or stored is None or stored.size != media_file.size:
        publish(media_file.path)
        media_file.fault, media_file.verified_at = None, now()
        deriving.restart(session, media_file.id)
