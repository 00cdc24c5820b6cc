"""Is the process alive, and is the site ready?"""

from __future__ import annotations

from datetime import timedelta

import structlog
from flask import Blueprint, Response, jsonify
from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from cms.extensions import db
from cms.models import Upload, UploadStatus, now
from cms.tasks import WORKER_KEY, document_cache

log = structlog.get_logger(__name__)

health = Blueprint("health", __name__)

#: An upload that has been pending for longer says that the workers cannot keep up, or do not work.
PENDING_FOR_TOO_LONG = timedelta(minutes=10)


@health.get("/healthz")
def alive() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Database, Redis, workers and the oldest pending upload; 503 and the reasons if one of them is not well."""
    checks = {**_redis_and_workers(), **_database_and_uploads()}
    problems = {name: state for name, state in checks.items() if state != "ok"}
    response = jsonify(status="unavailable" if problems else "ok", checks=checks)
    response.headers["Cache-Control"] = "no-store"
    return response, 503 if problems else 200


def _redis_and_workers() -> dict[str, str]:
    try:
        sign = document_cache().redis.get(WORKER_KEY)
    except RedisError as error:
        log.warning("not_ready", check="redis", error=str(error))
        return {"redis": "Redis does not answer", "worker": "unknown without Redis"}
    return {"redis": "ok", "worker": "ok" if sign else "no worker has given a sign of life lately"}


def _database_and_uploads() -> dict[str, str]:
    pending = select(func.min(Upload.created_at)).where(Upload.status == UploadStatus.PENDING)
    try:
        oldest = db.session.scalar(pending)
    except SQLAlchemyError as error:
        log.warning("not_ready", check="database", error=str(error))
        return {"database": "the database does not answer", "uploads": "unknown without the database"}
    age = now() - oldest if oldest else timedelta()
    return {
        "database": "ok",
        "uploads": "ok"
        if age < PENDING_FOR_TOO_LONG
        else f"the oldest pending upload has waited for {int(age.total_seconds())} seconds",
    }
