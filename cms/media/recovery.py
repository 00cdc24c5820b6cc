"""Recovery of uploads that nobody is processing any more. Functions here flush and never commit."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from cms import leases
from cms.database import now
from cms.media import uploads
from cms.media.models import Upload, UploadStatus
from cms.media.storage.staging import Staging
from cms.messages import N_, InvalidInput

# How many names one query asks for.
BATCH = 500
_ON_THEIR_WAY = (UploadStatus.RECEIVING, UploadStatus.PENDING, UploadStatus.PROCESSING)


def recover(session: Session, lease_seconds: float) -> list[int]:
    """Free uploads whose worker died, and name the pending ones whose task has to be sent again."""
    interrupted = InvalidInput(N_("The processing of this file was interrupted."))
    return leases.recover(
        session, Upload, lease_seconds, uploads.RETRIES, lambda upload: uploads.return_to_pending(upload, interrupted)
    )


def unneeded_in_staging(session: Session, staging: Staging, grace_seconds: float) -> list[str]:
    """The names of staged files that nobody needs any more. Discard them only after the commit.

    Files of final uploads are unneeded at once. Files without a row (their request died) and files kept for a retry
    are unneeded after the grace period. The retry is then no longer offered.
    """
    old, names = set(staging.names(older_than=grace_seconds)), iter(staging.names())
    over = now() - timedelta(seconds=grace_seconds)
    kept = update(Upload).where(Upload.status == UploadStatus.FAILED, Upload.can_retry, Upload.updated_at < over)
    session.execute(kept.values(can_retry=False, updated_at=Upload.updated_at))
    unneeded = []
    while batch := list(islice(names, BATCH)):
        uploads = {name: name.partition(".")[0] for name in batch}
        is_needed = or_(Upload.status.in_(_ON_THEIR_WAY), Upload.can_retry)
        known = select(Upload.staged_name, is_needed).where(Upload.staged_name.in_(uploads.values()))
        needed = dict(session.execute(known).tuples().all())
        unneeded += [name for name in batch if not needed.get(uploads[name], name not in old)]
    return unneeded
