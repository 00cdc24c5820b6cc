"""An upload is staged, claimed, inspected, deduplicated and shown in its place.

Functions here flush and never commit. The caller commits between the steps, so that each is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cms import leases
from cms.accounts import users
from cms.accounts.policy import Permission
from cms.cleaning import without_controls
from cms.database import changed_rows, now
from cms.errors import explain, is_transient
from cms.leases import Claim, Retries
from cms.media import known
from cms.media.deduplication import deduplicate
from cms.media.derivatives import deriving
from cms.media.inspection import Inspected
from cms.media.locks import lock_digest
from cms.media.models import MediaFile, Original, Upload, UploadStatus
from cms.media.places import places
from cms.media.storage import Storage
from cms.media.storage.names import media_path, private_path, safe_stem
from cms.media.storage.store import MediaStore, Publish
from cms.messages import N_, InvalidInput

RETRIES = Retries()
FILENAME_LENGTH = 255


def add(
    session: Session, item_id: int | None, kind: str, slot: str, filename: str, size: int, staged_name: str | None
) -> Upload:
    """Record a received file as pending, for a slot of an item of that kind, or for the library."""
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

    Of many workers with the same bytes, only one stores them.

    Args:
        session: in a transaction that the caller commits.
        claim: of the upload.
        found: what :func:`~cms.media.inspection.inspect` has found.
        storage: where the bytes are, and where they go.
        time_zone: that of the editors: their day is in the path.
        publish: stores the prepared bytes; without it they are stored from staging.

    Raises:
        InvalidInput: the item is gone, or the file was removed, or a newer one has taken its place; or these bytes are
            in the trash, and whoever sends them may not take them out.
        ClaimLost: another worker has the upload now.
        OSError: the file cannot be stored, or read again, for now.
    """
    upload = leases.claimed(session, Upload, claim)
    place = places().locked(session, upload)
    publish = publish or partial(storage.media.put_file, file=found.path)
    day = upload.created_at.astimezone(ZoneInfo(time_zone))

    def path_for(digest_start: str) -> str:
        return media_path(upload.filename, upload.kind, day, digest_start, found.media_type.extension)

    lock_digest(session, found.digest)
    if known.is_in_trash(session, found.digest) and not users.may(session, upload.owner, Permission.CURATE):
        raise InvalidInput(known.IN_TRASH)
    media_file, upload.is_duplicate = deduplicate(session, found, storage.media, publish, path_for)
    if found.original:
        _keep_original(session, found.original, media_file, storage.media, path_for)
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


def _keep_original(
    session: Session, found: Inspected, shown: MediaFile, store: MediaStore, path_for: Callable[[str], str]
) -> None:
    """Keep an original for editors. It is stored within the transaction, because pictures are small."""

    def private(digest_start: str) -> str:
        return private_path(path_for(digest_start))

    media_file, _ = deduplicate(session, found, store, partial(store.put_file, file=found.path), private)
    session.merge(Original(media_file_id=media_file.id, shown_id=shown.id))


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
