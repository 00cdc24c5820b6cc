"""Tasks for stored files: they are verified, probed again and removed in the background."""

from __future__ import annotations

import time
from datetime import timedelta

import structlog
from celery import shared_task

from cms import current
from cms.database import now
from cms.extensions import db
from cms.media import garbage, integrity, likeness, probing, withdrawal
from cms.media.derivatives import garbage as derived_garbage
from cms.media.integrity import RateLimiter
from cms.pages import replacing, revisions
from cms.search import indexing

log = structlog.get_logger(__name__)

#: The Redis lock of the worker that verifies media files, and the seconds until it expires if not renewed.
VERIFYING_KEY, VERIFYING_SECONDS = "media:verifying", 300
#: How many seconds of each minute it takes at night. No file is verified again within the same night.
VERIFY_SECONDS, VERIFY_AGAIN_AFTER = 30, timedelta(hours=20)
#: For how many seconds of each minute stored files are probed.
PROBE_SECONDS = 10


@shared_task(name="cms.verify_media")
def verify_media() -> None:
    """Rehash stored files for half a minute, the longest unverified first. Only one worker does so at a time."""
    lock = current.page_cache().redis.lock(VERIFYING_KEY, timeout=VERIFYING_SECONDS, blocking=False)
    if not lock.acquire():
        return
    limiter = RateLimiter(current.settings().verify_bytes_per_second, lambda _count: lock.reacquire())
    until, before = time.monotonic() + VERIFY_SECONDS, now() - VERIFY_AGAIN_AFTER
    files = 0
    try:
        for found in integrity.verify(current.transactions(), current.storage().media, limiter, before=before):
            files += not found.is_unread
            if found.fault:
                log.error("media_fault", path=found.path, fault=found.fault)
            if time.monotonic() > until:
                break
    finally:
        lock.release()
    if files:
        log.info("media_verified", files=files, bytes=limiter.bytes)


@shared_task(name="cms.probe_media")
def probe_media() -> None:
    """Probe for some seconds the stored files that were never probed, or only by the rules of an earlier release.

    Pictures are cleaned of private metadata before.
    """
    until, last = time.monotonic() + PROBE_SECONDS, 0
    while files := probing.due(db.session(), last):
        db.session.rollback()  # no transaction stays open while files are read
        for media_file_id, path in files:
            try:
                path = withdrawal.withdraw(db.session(), media_file_id, path, current.storage())
                found = probing.look(current.storage().media, path)
            except OSError as error:  # it is missing, or the disk fails: try again later
                log.warning("media_not_probed", path=path, error=str(error))
            else:
                probing.keep(db.session(), media_file_id, path, found)
                db.session.commit()
            if time.monotonic() > until:
                return
        last = files[-1][0]
    db.session.rollback()


@shared_task(name="cms.collect_media")
def collect_media(grace_seconds: float | None = None) -> None:
    """Remove files that nothing refers to, and have the others found.

    The grace period is that of the settings unless another is given.
    """
    grace = current.settings().media_grace_seconds if grace_seconds is None else grace_seconds
    kept_for = timedelta(days=current.settings().trash_days)
    revisions.release_files(db.session(), kept_for)
    replacing.forget_old(db.session(), kept_for)
    likeness.forget_removed(db.session())
    db.session.commit()
    for gone in garbage.collect(current.transactions(), current.storage().media, grace):
        log.info("media_removed", path=gone.path, bytes=gone.size, orphan=gone.is_orphan)
    indexing.add_missing(current.transactions())
    for file in derived_garbage.collect(current.transactions(), current.storage().derived):
        log.info("derived_file_removed", path=file.path, bytes=file.size)
