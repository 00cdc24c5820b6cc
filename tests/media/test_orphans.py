"""Files in the media folder that no row names are found, and no others are reported."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.database import Transactions
from cms.media import integrity, uploads
from cms.media.storage import Storage
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow

pytestmark = pytest.mark.both_databases


@pytest.fixture
def orphans(transaction: Transactions, storage: Storage) -> Callable[..., list[str]]:
    return lambda *age: sorted(file.path for file in integrity.orphans(transaction, storage.media, *age))


def test_files_without_a_row_are_orphans(
    factory: Factory, storage: Storage, orphans: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "BATCH", 2)
    factory.media_file()
    strays = ["2026/01/02/video/stray-0123456789ab.mp4", "2026/01/02/video/Кадр.mp4", "notes.txt"]
    for stray in [*strays, ".staging/deadbeef", "2026/.nfs0001", "2026/01/.0123456789abcdef"]:
        on_disk(storage, stray).parent.mkdir(parents=True, exist_ok=True)
        on_disk(storage, stray).write_bytes(b"?")
    storage.staging.path("waits").write_bytes(b"?")
    link = on_disk(storage) / "link"
    link.symlink_to(storage.staging.root)
    try:
        assert orphans() == sorted(strays)
        assert orphans(60) == [], "they were put there a moment ago"
    finally:
        link.unlink()


def test_files_that_rows_name_are_looked_up_together(
    factory: Factory, orphans: Callable[..., list[str]], queries: list[str]
) -> None:
    spent = []
    for _ in range(2):
        for _ in range(3):
            factory.media_file()
        queries.clear()
        assert orphans() == []
        spent.append(len(queries))
    assert spent[0] == spent[1]


def test_an_orphan_is_as_old_as_its_name_and_not_as_its_bytes(
    storage: Storage, orphans: Callable[..., list[str]]
) -> None:
    stray = on_disk(storage, "old.mp4")
    stray.write_bytes(b"?")
    os.utime(stray, (1, 1))
    assert orphans(60) == []


def test_what_a_dead_worker_left_under_no_name_is_an_orphan_after_an_hour(
    storage: Storage, orphans: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk(storage, ".0123456789abcdef").write_bytes(b"?")
    assert orphans() == []
    later = time.time() + 3700
    monkeypatch.setattr(time, "time", lambda: later)
    assert orphans() == [".0123456789abcdef"]


def test_a_name_that_is_no_text_is_an_orphan_like_others(storage: Storage, orphans: Callable[..., list[str]]) -> None:
    path = os.fsdecode(b"\xff\xfe.mp4")
    on_disk(storage, path).write_bytes(b"?")
    assert orphans() == [path]


def test_a_file_system_that_takes_letters_apart_makes_no_orphans(
    factory: Factory, storage: Storage, orphans: Callable[..., list[str]]
) -> None:
    """Some file systems always store "é" as two characters, but the row has it as one."""
    file = factory.media_file()
    composed, apart = "2026/01/02/video/caf\u00e9-0123456789ab.mp4", "2026/01/02/video/cafe\u0301-0123456789ab.mp4"
    on_disk(storage, file.path).rename(on_disk(storage, apart))
    factory.change(file, path=composed)
    assert orphans() == []


def test_a_file_whose_upload_is_being_finished_is_no_orphan(
    engine: Engine, storage: Storage, factory: Factory, transaction: Transactions, media_files: dict[str, Path]
) -> None:
    """The file is published but its row is not yet committed, so the check waits for the commit."""
    upload_id = factory.upload(
        factory.item(factory.page(), "video"), "video", "a.mp4", media_files["video.mp4"].read_bytes()
    )
    right, found = flow.claimed(engine, upload_id), flow.inspect(engine, storage, upload_id)
    answer: list[str] = []
    with Session(engine) as session:
        uploads.complete(session, right, found, storage, "UTC")
        asking = flow.in_thread(lambda: answer.extend(o.path for o in integrity.orphans(transaction, storage.media)))
        assert flow.waits(engine, asking), "it did not wait"
        session.commit()
    asking.join(30)
    assert answer == []
