"""Signs of life of the workers, and what they check before they start."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

import structlog
from celery.signals import beat_init, celeryd_init, heartbeat_sent, worker_ready
from flask import Flask
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from cms import current
from cms.media import folder_marks
from cms.queue import QUEUES
from cms.startup import check_redis
from config import ConfigError

log = structlog.get_logger(__name__)

#: The Redis key of a worker's sign of life for each of its queues, and the seconds until it expires.
WORKER_KEYS, WORKER_SECONDS = {queue: f"worker:alive:{queue}" for queue in QUEUES}, 15
#: The Redis key for the folders that a worker sees without their marks. It expires as fast.
FOLDERS_KEY = "worker:folders"


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
        with current.transactions()() as session:
            marks.update(folder_marks.ensure(session, current.storage()))
    if unmarked := folder_marks.unmarked(current.storage(), marks):
        redis.set(FOLDERS_KEY, " ".join(unmarked), ex=WORKER_SECONDS)
