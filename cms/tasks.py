"""Celery tasks: they open a session, call a domain, commit and retry. The logic is in the domains.

The upload row is the outbox: the recovery task handles tasks that are lost, sent twice or killed.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import timedelta

import structlog
from celery import Task, shared_task
from celery.signals import beat_init, celeryd_init, heartbeat_sent, worker_ready
from flask import Flask
from kombu.exceptions import OperationalError
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import sessionmaker

from cms import current
from cms.database import Transactions, now
from cms.extensions import db
from cms.leases import Claim, ClaimLost
from cms.media import folder_marks, garbage, inspection, integrity, probing, recovery, uploads
from cms.media.derivatives import deriving, working
from cms.media.derivatives import garbage as derived_garbage
from cms.media.derivatives.recipe import Cost
from cms.media.integrity import RateLimiter
from cms.media.models import Upload, UploadStatus
from cms.media.storage import Storage
from cms.messages import InvalidInput
from cms.pages import saving
from cms.queue import QUEUES
from cms.startup import check_redis
from cms.view_counts import buffer, flush
from config import ConfigError, Settings

log = structlog.get_logger(__name__)

#: The Redis key of a worker's sign of life for each of its queues, and the seconds until it expires.
WORKER_KEYS, WORKER_SECONDS = {queue: f"worker:alive:{queue}" for queue in QUEUES}, 15
#: The Redis key for the folders that a worker sees without their marks. It expires as fast.
FOLDERS_KEY = "worker:folders"
#: The Redis lock of the worker that verifies media files, and the seconds until it expires if not renewed.
VERIFYING_KEY, VERIFYING_SECONDS = "media:verifying", 300
#: How many seconds of each minute it takes at night. No file is verified again within the same night.
VERIFY_SECONDS, VERIFY_AGAIN_AFTER = 30, timedelta(hours=20)
#: For how many seconds of each minute stored files are probed.
PROBE_SECONDS = 10


def send_derivatives(ids: list[int]) -> None:
    """Send the tasks of committed derivatives. If the broker is down, the recovery task sends them later."""
    found = deriving.costs(db.session(), ids)
    db.session.rollback()
    for derivative_id, cost in found.items():
        if not _send(derive_slowly if cost is Cost.SLOW else derive, derivative_id):
            return  # nor would the others be


def send_upload(upload_id: int) -> None:
    """Send the task of a committed upload. If the broker is down, the recovery task sends it later."""
    _send(process_upload, upload_id)


def _send(task: Task, row_id: int) -> bool:
    """Send the task of a row. Return whether the broker has it."""
    try:
        task.delay(row_id)
    except (OperationalError, RedisError, RuntimeError, OSError) as error:
        log.warning("task_not_sent", task=task.name, id=row_id, error=str(error))
        return False
    return True


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


@shared_task(name="cms.flush_views", is_routine=True)
def flush_views() -> None:
    """Add the buffered views to the counters, with the batches that an earlier flush left behind."""
    page_views = current.page_views()
    page_views.cache.pending.flush()
    redis = page_views.counter.redis
    if flush.is_of_another_database(db.session(), redis):
        log.warning("database_restored")
        page_views.start_over()
    if missed := buffer.resolve(db.session(), redis, page_views.counter.today()):
        log.info("views_settled", missed=missed)
    db.session.commit()
    flush.start_batch(redis)
    for batch in buffer.waiting_batches(redis):
        added = flush.apply_batch(db.session(), redis, batch)
        db.session.commit()
        flush.end_batch(redis, batch)
        log.info("views_flushed", batch=batch, views=added)


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
        for found in integrity.verify(transactions(), current.storage().media, limiter, before=before):
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
    """Probe for some seconds the stored files that were never probed, or only by the rules of an earlier release."""
    until, last = time.monotonic() + PROBE_SECONDS, 0
    while files := probing.due(db.session(), last):
        db.session.rollback()  # no transaction stays open while files are read
        for media_file_id, path in files:
            try:
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


@shared_task(name="cms.derive")
def derive(derivative_id: int) -> None:
    """Make one derivative."""
    working.work(db.session(), derivative_id, current.storage(), current.settings().derived_max_bytes)


@shared_task(name="cms.derive_slowly")
def derive_slowly(derivative_id: int) -> None:
    """Make one derivative that may take a while."""
    derive.run(derivative_id)


@shared_task(name="cms.recover_derivatives", is_routine=True)
def recover_derivatives() -> None:
    """Free the derivatives of dead workers, add those that files lack, and send the waiting ones."""
    added = deriving.add_missing(db.session())
    db.session.commit()
    due = deriving.recover(db.session())
    db.session.commit()
    left = working.left_folders(db.session(), current.storage())
    db.session.rollback()
    send_derivatives(due)
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    if added or due or left:
        log.info("derivatives_recovered", files=added, sent=len(due), removed=len(left))


@shared_task(name="cms.collect_media")
def collect_media(grace_seconds: float | None = None) -> None:
    """Remove files that nothing refers to. The grace period is that of the settings unless another is given."""
    grace = current.settings().media_grace_seconds if grace_seconds is None else grace_seconds
    for gone in garbage.collect(transactions(), current.storage().media, grace):
        log.info("media_removed", path=gone.path, bytes=gone.size, orphan=gone.is_orphan)
    for file in derived_garbage.collect(transactions(), current.storage().derived):
        log.info("derived_file_removed", path=file.path, bytes=file.size)


def transactions() -> Transactions:
    """Return what opens transactions for work that needs many, apart from the request's or task's session."""
    return sessionmaker(db.engine, expire_on_commit=False).begin


def announce_workers(app: Flask) -> None:
    """Have the main process of each worker send a sign of life every few seconds, however busy its children are."""
    marks: dict[str, str] = {}

    def alive(**_: object) -> None:
        try:
            with app.app_context():
                give_sign_of_life(app.extensions["celery"].amqp.queues.consume_from, marks)
        except (RedisError, SQLAlchemyError, OSError) as error:
            log.warning("worker_sign_not_sent", error=str(error))

    def check(**_: object) -> None:
        try:
            check_redis(app.config["SETTINGS"])
        except ConfigError as error:
            sys.exit(f"mediafold: {error}")

    celeryd_init.connect(check, weak=False)
    beat_init.connect(check, weak=False)
    worker_ready.connect(alive, weak=False)
    heartbeat_sent.connect(alive, weak=False)


def give_sign_of_life(queues: Iterable[str], marks: dict[str, str]) -> None:
    """Record that these queues have a worker, and which folders it sees without their marks. ``marks`` is a cache."""
    redis = current.page_cache().redis
    for queue in queues:
        redis.set(WORKER_KEYS[queue], int(time.time()), ex=WORKER_SECONDS)
    if not marks:
        with transactions()() as session:
            marks.update(folder_marks.ensure(session, current.storage()))
    if unmarked := folder_marks.unmarked(current.storage(), marks):
        redis.set(FOLDERS_KEY, " ".join(unmarked), ex=WORKER_SECONDS)
