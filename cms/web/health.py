"""Health checks: whether the process is alive, and whether the site is ready."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import cast

import structlog
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from cms import current
from cms.database import now
from cms.extensions import db
from cms.media import folder_marks
from cms.media.derivatives import ffmpeg
from cms.media.models import Upload, UploadStatus
from cms.tasks.workers import FOLDERS_KEY, WORKER_KEYS

log = structlog.get_logger(__name__)

health = Blueprint("health", __name__)

#: An upload that has been pending for longer shows that the workers cannot keep up, or do not work.
PENDING_FOR_TOO_LONG = timedelta(minutes=10)


_POOLED = (
    "something in front of the database (such as PgBouncer before 1.21 in transaction mode) loses prepared statements;"
    " set DATABASE_PREPARED_STATEMENTS=false"
)


@health.get("/healthz")
def alive() -> Response:
    """Whether the process answers. Nothing else is checked."""
    return jsonify(status="ok")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Check database, migrations, Redis, workers, folders and the oldest pending upload; 503 with reasons if not ok.

    What is merely missing is in ``notes``.
    """
    checks = {**_redis_and_workers(), **_database()}
    problems = {name: state for name, state in checks.items() if state != "ok"}
    missing = ffmpeg.missing()
    notes = {"notes": {"ffmpeg": str(missing)}} if missing else {}
    response = jsonify(status="unavailable" if problems else "ok", checks=checks, **notes)
    response.headers["Cache-Control"] = "no-store"
    return response, 503 if problems else 200


def _redis_and_workers() -> dict[str, str]:
    try:
        unmarked, *signs = cast(
            "list[bytes | None]", current.page_cache().redis.mget(FOLDERS_KEY, *WORKER_KEYS.values())
        )
    except RedisError as error:
        log.warning("not_ready", check="redis", error=str(error))
        return {"redis": "Redis does not answer", "worker": "unknown without Redis"}
    silent = [queue for queue, sign in zip(WORKER_KEYS, signs, strict=True) if not sign]
    worker = f"no worker for {', '.join(silent)} has given a sign of life lately" if silent else "ok"
    if unmarked:
        worker = _other_folders("a worker", unmarked.decode().split())
    return {"redis": "ok", "worker": worker}


def _database() -> dict[str, str]:
    try:
        if problem := _missing_migrations():
            unknown = "unknown without its tables"
            return {"database": problem, "folders": unknown, "uploads": unknown}
        marks = folder_marks.known(db.session())
        oldest = db.session.scalar(select(func.min(Upload.created_at)).where(Upload.status == UploadStatus.PENDING))
    except SQLAlchemyError as error:
        log.warning("not_ready", check="database", error=str(error))
        unknown = "unknown without the database"
        problem = _POOLED if "prepared statement" in str(error) else "the database does not answer"
        return {"database": problem, "folders": unknown, "uploads": unknown}
    unmarked = folder_marks.unmarked(current.storage(), marks)
    age = now() - oldest if oldest else timedelta()
    return {
        "database": "ok",
        "folders": _other_folders("this process", unmarked) if unmarked else "ok",
        "uploads": "ok"
        if age < PENDING_FOR_TOO_LONG
        else f"the oldest pending upload has waited for {int(age.total_seconds())} seconds",
    }


def _missing_migrations() -> str | None:
    """What is wrong with the tables. An unknown revision is a newer release's; this release can use its tables."""
    revision = MigrationContext.configure(db.session.connection()).get_current_revision()
    known, last = _revisions(current_app.extensions["migrate"].directory)
    if revision is None:
        return "the database has no tables; run: flask db upgrade"
    if revision in known and revision != last:
        return f"the database is at migration {revision}, and this release needs {last}; run: flask db upgrade"
    return None


@cache
def _revisions(directory: str) -> tuple[frozenset[str], str | None]:
    """All migrations of this release, and the last one."""
    script = ScriptDirectory(directory)
    return frozenset(step.revision for step in script.walk_revisions()), script.get_current_head()


def _other_folders(who: str, names: list[str]) -> str:
    return (
        f"{who} sees another {' and '.join(names)} than the process that marked it: all machines must share the folder"
        " (after moving it, run: flask cms media mark)"
    )
