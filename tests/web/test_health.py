"""Health checks: ``/healthz`` always answers, and ``/readyz`` names what is not ready."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cms.database import now
from cms.extensions import db
from cms.media import folder_marks
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.tasks.workers import FOLDERS_KEY, WORKER_KEYS, WORKER_SECONDS
from cms.web import health
from tests.disk import on_disk
from tests.factories import Factory
from tests.servers import RedisServer


@pytest.fixture
def worker(redis: Redis) -> None:
    """The worker of each queue gave a sign of life."""
    redis.mset(dict.fromkeys(WORKER_KEYS.values(), 1))


def ready(client: FlaskClient) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json
    return answer.status_code, answer.json["checks"]


@pytest.mark.both_databases
def test_all_is_well(client: FlaskClient, worker: None) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok",
        "checks": {"redis": "ok", "worker": "ok", "database": "ok", "folders": "ok", "uploads": "ok"},
    }


@pytest.mark.parametrize("missing", [list(WORKER_KEYS), ["mediafold-long"]], ids=["of any", "of one"])
def test_a_queue_without_a_worker(client: FlaskClient, redis: Redis, worker: None, missing: list[str]) -> None:
    redis.delete(*(WORKER_KEYS[queue] for queue in missing))
    status, checks = ready(client)
    assert status == 503
    assert checks.pop("worker") == f"no worker for {', '.join(missing)} has given a sign of life lately"
    assert set(checks.values()) == {"ok"}


def test_no_redis(client: FlaskClient, redis_server: RedisServer) -> None:
    redis_server.stop(signal.SIGKILL)
    try:
        status, checks = ready(client)
        assert client.get("/healthz").status_code == 200
    finally:
        redis_server.start()
    assert status == 503
    assert checks["redis"] == "Redis does not answer"
    assert checks["database"] == "ok"


def test_no_database(client: FlaskClient, worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("secret-host is away"))

    monkeypatch.setattr(db.session, "scalar", away)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json
    assert answer.json["checks"]["database"] == "the database does not answer"
    assert "secret-host" not in answer.text
    assert client.get("/healthz").status_code == 200


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("UPDATE alembic_version SET version_num = '462a5718dcff'", "the database is at migration 462a5718dcff, and"),
        ("DELETE FROM alembic_version", "the database has no tables; run: flask db upgrade"),
        ("UPDATE alembic_version SET version_num = 'ffffffffffff'", None),
    ],
    ids=["old tables", "no tables", "tables of a newer release"],
)
def test_the_tables_are_those_of_this_release(
    client: FlaskClient, engine: Engine, worker: None, change: str, state: str | None
) -> None:
    with engine.begin() as connection:
        before = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text(change))
    try:
        status, checks = ready(client)
    finally:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": before})
    assert status == (503 if state else 200)
    assert checks["database"].startswith(state or "ok")


@pytest.mark.both_databases
def test_a_process_that_does_not_share_the_folders(
    client: FlaskClient, session: Session, storage: Storage, redis: Redis, worker: None
) -> None:
    folder_marks.ensure(session, storage)
    session.commit()
    assert ready(client)[0] == 200
    on_disk(storage, folder_marks.NAME).unlink()
    status, checks = ready(client)
    assert status == 503
    assert checks["folders"].startswith("this process sees another MEDIA_ROOT than the process that marked it")
    folder_marks.rewrite(session, storage)
    redis.set(FOLDERS_KEY, "MEDIA_ROOT STAGING_ROOT")
    status, checks = ready(client)
    assert status == 503
    assert checks["folders"] == "ok"
    assert checks["worker"].startswith("a worker sees another MEDIA_ROOT and STAGING_ROOT than")


@pytest.mark.both_databases
@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (11, 503)])
def test_the_oldest_pending_upload(
    client: FlaskClient, factory: Factory, worker: None, minutes: int, status: int
) -> None:
    item = factory.item(factory.page(), "video")
    for age in (0, minutes):
        row = factory.upload_row(factory.upload(item, "video", "a.mp4", b"x"))
        factory.change(row, created_at=now() - timedelta(minutes=age))
    found, checks = ready(client)
    assert found == status
    if status == 503:
        assert "the oldest pending upload has waited for 66" in checks["uploads"]
    factory.change(row, status=UploadStatus.FAILED)
    assert ready(client)[0] == 200


def test_the_sign_of_a_dead_worker_runs_out(redis: Redis) -> None:
    assert WORKER_SECONDS <= 30
    assert timedelta(minutes=1) < health.PENDING_FOR_TOO_LONG


def test_being_asked_whether_it_lives_touches_nothing(
    client: FlaskClient, engine: Engine, queries: list[str], redis: Redis
) -> None:
    redis.config_resetstat()
    client.get("/healthz")
    assert queries == []
    assert set(redis.info("commandstats")) <= {"cmdstat_config", "cmdstat_config|resetstat", "cmdstat_info"}
