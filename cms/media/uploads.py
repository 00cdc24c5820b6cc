"""An upload is staged, claimed, inspected, deduplicated and shown in its place.

Functions here flush and never commit. The caller commits between the steps, so that each is one transaction.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cms import leases
from cms.cleaning import without_controls
from cms.database import changed_rows, now
from cms.errors import explain, is_transient
from cms.leases import Claim, Retries
from cms.media import probe
from cms.media.derivatives import deriving
from cms.media.inspection import Inspected
from cms.media.locks import DIGEST_START, lock_digest
from cms.media.models import MediaFile, Upload, UploadStatus
from cms.media.places import places
from cms.media.storage import Storage
from cms.media.storage.names import media_path, safe_stem
from cms.media.storage.store import MediaStore, Publish
from cms.messages import N_, InvalidInput

RETRIES = Retries()
# How many digits of the digest a stored name carries: a short start, or all if two starts are ever equal.
DIGEST_STARTS = (DIGEST_START, 64)
FILENAME_LENGTH = 255


def add(session: Session, item_id: int, kind: str, slot: str, filename: str, size: int, staged_name: str) -> Upload:
    """Record a received file as pending, for a slot of an item of that kind."""
    upload = Upload(
        item_id=item_id,
        kind=kind,
        slot=slot,
        filename=_shown_name(filename),
        size=size,
        staged_name=staged_name,
        status=UploadStatus.PENDING,
        next_send_at=now() + timedelta(seconds=RETRIES.resend_after),
    )
    session.add(upload)
    session.flush()
    return upload


def claim(session: Session, upload_id: int, lease_seconds: float) -> Claim | None:
    """Claim a pending upload. ``None`` if it is not pending (say, its task came twice) or not due yet."""
    return leases.claim(session, Upload, upload_id, lease_seconds, RETRIES)


def extend(session: Session, claim: Claim, lease_seconds: float) -> None:
    """The heartbeat: keep the claim for another lease.

    Raises:
        ClaimLost: it is no longer ours.
    """
    leases.extend(session, Upload, claim, lease_seconds)


def is_new(session: Session, found: Inspected) -> bool:
    """Whether these bytes probably have to be stored. Then that is prepared before :func:`complete`."""
    whole = select(MediaFile.id).where(MediaFile.digest == found.digest, MediaFile.fault.is_(None))
    return session.scalar(whole) is None


def complete(
    session: Session, claim: Claim, found: Inspected, storage: Storage, time_zone: str, publish: Publish | None = None
) -> Upload:
    """Deduplicate the bytes, have their place show them, and complete the upload.

    The media row is inserted before the file is stored. Others see it only after the commit, when the file is
    there, so a row never points at nothing. Of many workers with the same bytes, only one stores them.

    Args:
        session: in a transaction that the caller commits.
        claim: of the upload.
        found: what :func:`~cms.media.inspection.inspect` has found.
        storage: where the bytes are, and where they go.
        time_zone: that of the editors: their day is in the path.
        publish: stores the prepared bytes; without it they are stored from staging.

    Raises:
        InvalidInput: the item is gone, or the file was removed, or a newer one has taken its place.
        ClaimLost: another worker has the upload now.
        OSError: the file cannot be stored, or read again, for now.
    """
    upload = leases.claimed(session, Upload, claim)
    place = places().locked(session, upload)
    publish = publish or partial(storage.media.put_file, file=found.path)
    media_file, upload.is_duplicate = _deduplicate(session, upload, found, storage.media, time_zone, publish)
    source = storage.staging.path(upload.staged_name or "").read_bytes() if found.encoding else None
    place.show(media_file, found.encoding, source)
    deriving.add(session, media_file)
    upload.media_file = media_file
    upload.reason = upload.reason_values = None
    leases.finish(upload, UploadStatus.COMPLETED)
    session.flush()
    return upload


def fail(session: Session, claim: Claim, reason: InvalidInput) -> Upload:
    """End an upload whose file is wrong, and record why. Its bytes are no longer needed.

    Raises:
        ClaimLost: another worker has the upload now.
    """
    upload = leases.claimed(session, Upload, claim)
    _set_failed(upload, reason, can_retry=False)
    session.flush()
    return upload


def requeue(session: Session, claim: Claim, error: Exception) -> Upload:
    """Make an upload pending again after a fault that is not the file's. It is sent again after a pause.

    After the last attempt it fails, and its bytes are kept for a retry. A permanent fault ends it at once.

    Raises:
        ClaimLost: another worker has the upload now.
    """
    upload = leases.claimed(session, Upload, claim)
    if is_transient(error):
        return_to_pending(upload, explain(error))
    else:
        _set_failed(upload, explain(error), can_retry=False)
    session.flush()
    return upload


def retry(session: Session, upload: Upload) -> None:
    """Restart a failed upload from the bytes that were kept.

    Raises:
        InvalidInput: it has not failed, or its bytes are gone.
    """
    # One conditional UPDATE, as for a claim: recovery may be about to give up the bytes.
    anew = session.execute(
        update(Upload)
        .where(Upload.id == upload.id, Upload.status == UploadStatus.FAILED, Upload.can_retry)
        .values(
            status=UploadStatus.PENDING,
            attempts=0,
            can_retry=False,
            reason=None,
            reason_values=None,
            due_at=None,
            next_send_at=now() + timedelta(seconds=RETRIES.resend_after),
            updated_at=now(),
        )
    )
    if not changed_rows(anew):
        raise InvalidInput(N_("Only a failed upload whose file was kept can be retried. Please upload the file again."))


def _deduplicate(
    session: Session, upload: Upload, found: Inspected, store: MediaStore, time_zone: str, publish: Publish
) -> tuple[MediaFile, bool]:
    """Return the one media file with these bytes, and whether it existed."""
    lock_digest(session, found.digest)
    same_bytes = select(MediaFile).where(MediaFile.digest == found.digest).with_for_update()
    day = upload.created_at.astimezone(ZoneInfo(time_zone))
    for length in DIGEST_STARTS:
        if media_file := session.scalar(same_bytes):
            _revive(session, media_file, found, store, publish)
            return media_file, True
        path = media_path(upload.filename, upload.kind, day, found.digest[:length], found.media_type.extension)
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
    media_file.unreferenced_since = None
    probe.note(media_file, found.probe)
    stored = store.stat(media_file.path)
    if media_file.fault or stored is None or stored.size != media_file.size:
        publish(media_file.path)
        media_file.fault, media_file.verified_at = None, now()
        deriving.restart(session, media_file.id)


def return_to_pending(upload: Upload, reason: InvalidInput) -> None:
    """Give an upload another attempt after a pause, or fail it if none is left."""
    if leases.retry(upload, RETRIES):
        upload.reason, upload.reason_values = reason.sentence, reason.values
    else:
        _set_failed(upload, reason, can_retry=True)


def _set_failed(upload: Upload, reason: InvalidInput, *, can_retry: bool) -> None:
    leases.finish(upload, UploadStatus.FAILED)
    upload.can_retry = can_retry
    upload.reason, upload.reason_values = reason.sentence, reason.values


def _shown_name(filename: str) -> str:
    """The client's file name as it is shown to editors: without folders and control characters."""
    name = without_controls(filename.replace("\\", "/").rsplit("/", 1)[-1])
    return name[-FILENAME_LENGTH:] or safe_stem(filename, "file")
