"""Withdrawal of published pictures with private metadata, as earlier releases stored them.

Visitors get a cleaned copy at an address of its own, and the original becomes private. Its public file is removed
after the commit. Until it is, the row keeps the mark of an old probe: so a run that died is made up for by the next.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from cms.media import garbage, metadata, pictures
from cms.media.deduplication import deduplicate
from cms.media.derivatives import deriving
from cms.media.digest import file_digest
from cms.media.inspection import Inspected
from cms.media.locks import lock_digest
from cms.media.mediatypes import BY_EXTENSION
from cms.media.models import MediaFile, Original, Upload
from cms.media.places import places
from cms.media.storage import Storage
from cms.media.storage.names import PRIVATE, is_private, private_path, with_digest
from cms.media.storage.staging import CLEANED
from cms.messages import InvalidInput

log = structlog.get_logger(__name__)


def withdraw(session: Session, media_file_id: int, path: str, storage: Storage) -> str:
    """Withdraw the media file at ``path``, if it is a picture with private metadata. Return where it is then.

    Transactions are committed here, because the public file must not be removed before the row is changed.

    Raises:
        OSError: the file cannot be read or stored for now.
    """
    if is_private(path):  # by a run that may have died before it removed the public file
        garbage.remove_unnamed(session, storage.media, path.removeprefix(PRIVATE))
        session.commit()
        return path
    media_type = BY_EXTENSION[path.rpartition(".")[2]]
    if not media_type.mime.startswith("image/"):
        return path
    cleaned = storage.staging.path(secrets.token_hex(16) + CLEANED)
    try:
        with storage.media.local_path(path) as file:
            if not metadata.clean(file, media_type.mime, cleaned):
                return path
            shown = None
            with suppress(InvalidInput):  # earlier releases accepted pictures without a probe
                shown = pictures.probe(cleaned)
            found = Inspected(cleaned, cleaned.stat().st_size, media_type, file_digest(cleaned), shown)
            if not _replace(session, media_file_id, path, found, file, storage):
                return path
    except InvalidInput as reason:
        log.warning("media_not_cleaned", path=path, reason=reason.sentence)
        return path
    finally:
        cleaned.unlink(missing_ok=True)
    log.info("media_withdrawn", path=path)
    return withdraw(session, media_file_id, private_path(path), storage)


def _replace(session: Session, media_file_id: int, path: str, found: Inspected, file: Path, storage: Storage) -> bool:
    """Make the file private, and have all places show the cleaned copy. Return whether it was done."""
    store, publish = storage.media, partial(storage.media.put_file, file=found.path)
    shown, is_known = deduplicate(session, found, store, publish, partial(with_digest, path))
    original = session.get(MediaFile, media_file_id, with_for_update=True, populate_existing=True)
    # One in the trash stays as it is if its copy is shown elsewhere: nobody shall see it again where it was.
    if original is None or original.path != path or (original.deleted_at and is_known):
        session.rollback()
        return False
    if original.deleted_at:
        shown.deleted_at, shown.deleted_by = original.deleted_at, original.deleted_by
        original.deleted_at = original.deleted_by = None
    lock_digest(session, original.digest)
    store.put_file(private_path(path), file)
    original.path = private_path(path)
    session.merge(Original(media_file_id=original.id, shown_id=shown.id))
    places().replace(session, original, shown)
    session.execute(update(Upload).where(Upload.media_file_id == original.id).values(media_file_id=shown.id))
    deriving.add(session, shown)
    session.commit()
    return True
