"""Tasks for uploads: the verdict on one, and the recovery of those whose task or worker is lost."""

from __future__ import annotations

from contextlib import nullcontext

import structlog
from celery import shared_task

from cms import current
from cms.extensions import db
from cms.leases import Claim, ClaimLost
from cms.media import inspection, precedence, receiving, recovery, uploads
from cms.media.derivatives import deriving
from cms.media.models import Upload, UploadStatus
from cms.media.storage import Storage
from cms.messages import InvalidInput
from cms.pages import saving
from cms.tasks.derivatives import send_derivatives
from cms.tasks.sending import send
from cms.view_counts import flush
from config import Settings

log = structlog.get_logger(__name__)


def send_upload(upload_id: int) -> None:
    """Send the task of a committed upload. If the broker is down, the recovery task sends it later."""
    send(process_upload, upload_id)


@shared_task(name="cms.process_upload")
def process_upload(upload_id: int) -> None:
    """Process one upload: it is completed, fails with a reason, or is pending again after a transient fault."""
    settings, storage = current.settings(), current.storage()
    claim = uploads.claim(db.session(), upload_id, settings.upload_lease_seconds)
    db.session.commit()
    if claim is None:
        return

    try:
        upload = _carry_out(claim, settings, storage)
    except ClaimLost:
        db.session.rollback()
        log.warning("upload_claim_lost", upload_id=upload_id)
        return
    log.info("upload", upload_id=upload_id, status=upload.status, folded=upload.is_duplicate, reason=upload.reason)
    if upload.staged_name and upload.status != UploadStatus.PENDING and not upload.can_retry:
        storage.discard(upload.staged_name)
    if upload.media_file_id and not upload.is_duplicate:
        send_derivatives(deriving.waiting_for(db.session(), upload.media_file_id))


def _carry_out(claim: Claim, settings: Settings, storage: Storage) -> Upload:
    """Inspect and complete a claimed upload; on any other error than a lost claim, record the outcome."""

    def heartbeat() -> None:
        uploads.extend(db.session(), claim, settings.upload_lease_seconds)
        db.session.commit()

    try:
        upload = db.session.get_one(Upload, claim.row_id)
        # No transaction stays open while the bytes are read: on SQLite it would keep every other writer waiting.
        db.session.expunge(upload)
        db.session.rollback()
        with precedence.taken(storage.staging):
            found = inspection.inspect(upload, storage.staging, heartbeat)
            is_new = uploads.is_new(db.session(), found)
            heartbeat()  # this also ends the look-up's transaction: none is open while the bytes are written
            with storage.media.prepared(found.path, heartbeat) if is_new else nullcontext() as publish:
                upload = uploads.complete(db.session(), claim, found, storage, settings.time_zone, publish)
    except ClaimLost:
        raise
    except InvalidInput as error:
        db.session.rollback()
        upload = uploads.fail(db.session(), claim, error)
    except Exception as error:
        db.session.rollback()
        log.exception("upload_fault", upload_id=claim.row_id)
        upload = uploads.requeue(db.session(), claim, error)
    db.session.commit()
    return upload


@shared_task(name="cms.sweep", is_routine=True)
def sweep() -> None:
    """Free the uploads of dead workers, resend pending ones, and clear the staging folder and outdated rows."""
    receiving.settle(db.session(), current.storage().staging)
    due = recovery.recover(db.session(), current.settings().upload_lease_seconds)
    db.session.commit()
    for upload_id in due:
        send_upload(upload_id)
    unneeded = recovery.unneeded_in_staging(
        db.session(), current.storage().staging, current.settings().staging_grace_seconds
    )
    db.session.commit()
    for name in unneeded:
        current.storage().discard(name)
    flush.forget_old_batches(db.session())
    saving.forget_old_forms(db.session())
    db.session.commit()
    if due or unneeded:
        log.info("swept", sent=len(due), removed=len(unneeded))
