"""The nightly and hourly tasks on stored files, and when they are due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine

import config
from cms import tasks
from cms.database import now
from cms.media import integrity
from cms.media.storage import Storage
from cms.queue import celery_config
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow

pytestmark = pytest.mark.both_databases


@pytest.fixture
def run(app: Flask) -> Callable[..., None]:
    """Run a task in this process, as a worker does."""

    def work(task: object, *args: object) -> None:
        with app.app_context():
            task.run(*args)  # type: ignore[attr-defined]

    return work


def test_a_night_verifies_every_file_once(
    factory: Factory, storage: Storage, run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [factory.media_file() for _ in range(3)]
    storage.media.delete(files[1].path)
    monkeypatch.setattr(tasks.media, "VERIFY_SECONDS", -1)  # each time one file is done, and no more begun
    for done in (1, 2, 3):
        run(tasks.verify_media)
        assert len([file for file in files if factory.reload(file).verified_at]) == done
    assert [factory.reload(file).fault for file in files] == [None, "missing", None]
    before = [factory.reload(file).verified_at for file in files]
    run(tasks.verify_media)
    assert [factory.reload(file).verified_at for file in files] == before
    factory.change(files[2], verified_at=now() - tasks.media.VERIFY_AGAIN_AFTER)
    run(tasks.verify_media)
    assert factory.reload(files[2]).verified_at > now() - timedelta(minutes=1)


def test_one_worker_at_a_time_verifies(
    factory: Factory, redis: Redis, run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = factory.media_file()
    inner: list[object] = []
    real = integrity.read_digest

    def reads(*args: object) -> str:
        assert 0 < redis.ttl(tasks.media.VERIFYING_KEY) <= tasks.media.VERIFYING_SECONDS
        run(tasks.verify_media)
        inner.append(factory.reload(file).verified_at)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(integrity, "read_digest", reads)
    run(tasks.verify_media)
    assert inner == [None]
    assert factory.reload(file).verified_at
    assert not redis.exists(tasks.media.VERIFYING_KEY)


def test_a_verification_that_fails_lets_go(
    factory: Factory, redis: Redis, run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> str:
        raise RuntimeError

    factory.media_file()
    monkeypatch.setattr(integrity, "read_digest", breaks)
    with pytest.raises(RuntimeError):
        run(tasks.verify_media)
    assert not redis.exists(tasks.media.VERIFYING_KEY)


def test_files_are_collected_after_the_grace_period_of_the_settings_or_another(
    factory: Factory, engine: Engine, storage: Storage, run: Callable[..., None]
) -> None:
    file = factory.media_file()
    run(tasks.collect_media)
    assert factory.reload(file).unreferenced_since
    assert on_disk(storage, file.path).exists()
    run(tasks.collect_media, 0)
    assert (flow.media_rows(engine), flow.files_on_disk(storage)) == ([], [])


def test_whatever_beat_sends_is_a_task(app: Flask) -> None:
    celery = app.extensions["celery"]
    names = {entry["task"] for entry in celery.conf.beat_schedule.values()}
    assert {"cms.verify_media", "cms.collect_media"} <= names <= set(celery.tasks)


def test_it_is_night_where_the_site_is(settings: config.Settings) -> None:

    from celery import Celery

    zone = ZoneInfo("Asia/Krasnoyarsk")
    celery = Celery(set_as_current=False)
    celery.config_from_object(celery_config(replace(settings, time_zone=zone.key)))
    schedule = celery.conf.beat_schedule["verify-media"]["schedule"]
    schedule.app = celery

    def due_in(hour: int) -> timedelta:
        last = datetime(2026, 11, 24, hour, 30, tzinfo=zone)
        schedule.nowfun = lambda: last.astimezone(UTC)
        delta: timedelta = schedule.remaining_estimate(last.astimezone(UTC))
        return delta

    assert due_in(2) == timedelta(minutes=1)
    assert due_in(12) == timedelta(hours=12, minutes=30)
