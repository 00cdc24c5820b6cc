"""The tasks of derivatives: which worker gets them, and that nothing is lost with a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from kombu.exceptions import OperationalError
from sqlalchemy import Engine, update

from cms import tasks
from cms.media.derivatives.models import Derivative, DerivativeStatus
from cms.media.models import MediaFile
from cms.media.storage import Storage
from cms.pages.models import ContentItem
from tests.disk import derived_on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.derivatives.conftest import Rows

pytestmark = pytest.mark.both_databases

Sent = list[tuple[str, int]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The tasks sent, with the ids of their derivatives."""
    found: Sent = []
    monkeypatch.setattr(tasks.derive, "delay", lambda id_: found.append(("fast", id_)))
    monkeypatch.setattr(tasks.derive_slowly, "delay", lambda id_: found.append(("slow", id_)))
    return found


@pytest.fixture
def run(app: Flask) -> Callable[..., None]:
    def work(task: Any, *args: object) -> None:
        with app.app_context():
            task.run(*args)

    return work


def test_a_verdict_sends_what_is_to_be_made(upload_id: int, run: Callable[..., None], rows: Rows, sent: Sent) -> None:
    run(tasks.process_upload, upload_id)
    assert sorted(sent) == sorted(("fast", row.id) for row in rows().values())
    run(tasks.derive, rows()["poster"].id)
    assert rows()["poster"].status == DerivativeStatus.READY


def test_a_broker_that_is_away_delays_it_only(
    upload_id: int, run: Callable[..., None], rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_id: int) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(tasks.derive, "delay", away)
    run(tasks.process_upload, upload_id)
    assert rows()["poster"].status == DerivativeStatus.PENDING


def test_slow_work_has_its_own_worker(
    recording: ContentItem, engine: Engine, run: Callable[..., None], rows: Rows, sent: Sent
) -> None:
    with engine.begin() as connection:
        connection.execute(update(Derivative).values(next_send_at=None))
    run(tasks.recover_derivatives)
    assert sorted(sent) == sorted(("fast", rows()[name].id) for name in ("cover", "sound-likeness", "waveform"))
    run(tasks.derive_slowly, rows()["waveform"].id)
    assert rows()["waveform"].status == DerivativeStatus.READY


def test_the_recovery_adds_what_is_missing_and_clears_what_was_left(
    film: ContentItem, engine: Engine, storage: Storage, run: Callable[..., None], rows: Rows, sent: Sent
) -> None:
    with engine.begin() as connection:
        connection.execute(Derivative.__table__.delete())
        connection.execute(update(MediaFile).values(recipes_seen=None))
    left = storage.making / "1-0123456789abcdef"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"half")
    run(tasks.recover_derivatives)
    assert rows().keys() == {"likeness", "poster"}
    assert not left.exists()


def test_the_collection_takes_derived_files_along(
    film: ContentItem, factory: Factory, engine: Engine, storage: Storage, run: Callable[..., None], rows: Rows
) -> None:
    run(tasks.derive, rows()["poster"].id)
    flow.delete(engine, film)
    run(tasks.collect_media, 0)
    assert rows() == {}
    assert [path for path in derived_on_disk(storage).rglob("*") if path.is_file()] == []
