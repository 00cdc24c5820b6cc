"""What is done for uploads that nobody is at work on any more. Functions here flush and never commit."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cms.models import Upload, UploadStatus, now
from cms.services.messages import N_, Rejected
from cms.services.storage import Storage
from cms.services.uploads import RESEND_AFTER, RESEND_AT_MOST, return_to_pending


def sweep(session: Session, lease_seconds: float) -> list[int]:
    """Free uploads whose worker died, and name the pending ones whose task has to be sent again.

    A moment further ahead than any is ever set is from before the clock was set back, and has come. (Twice as far is
    still believed: the clocks of two machines may differ.)
    """
    moment = now()
    lease_until, next_send_at = Upload.lease_until, Upload.next_send_at
    expired = or_(lease_until < moment, lease_until > moment + timedelta(seconds=2 * lease_seconds))
    dead = select(Upload).where(Upload.status == UploadStatus.PROCESSING, expired)
    for upload in session.scalars(dead.with_for_update(skip_locked=True)):
        return_to_pending(upload, Rejected(N_("The work on this file was cut off.")))
    session.flush()
    due = or_(next_send_at <= now(), next_send_at > moment + timedelta(seconds=2 * RESEND_AT_MOST))
    waiting = select(Upload).where(Upload.status == UploadStatus.PENDING, due)
    uploads = session.scalars(waiting.order_by(Upload.id).with_for_update(skip_locked=True)).all()
    for upload in uploads:
        waited = (moment - upload.created_at).total_seconds()
        pause = min(max(RESEND_AFTER, waited), RESEND_AT_MOST)
        upload.next_send_at = moment + timedelta(seconds=pause)
    session.flush()
    return [upload.id for upload in uploads]


def sweep_staging(session: Session, storage: Storage, grace_seconds: float) -> list[str]:
    """Remove staged files that nobody needs any more, and return their names.

    Files of final uploads go at once. Files without a row (their request died) and files kept for a retry go
    after the grace period.
    """
    removed = []
    old = set(storage.staged_names(older_than=grace_seconds))
    for name in storage.staged_names():
        upload = session.scalar(select(Upload).where(Upload.staged_name == name.removesuffix(".vtt")))
        if upload is None:
            unneeded = name in old
        elif upload.can_retry:
            unneeded = now() - upload.updated_at > timedelta(seconds=grace_seconds)
            upload.can_retry = not unneeded
        else:
            unneeded = upload.status in (UploadStatus.COMPLETED, UploadStatus.FAILED)
        if unneeded:
            storage.discard(name)
            removed.append(name)
    session.flush()
    return removed
