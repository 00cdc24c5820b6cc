"""The signs of life that workers give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from cms.media import folder_marks
from cms.media.storage import Storage
from cms.media.storage.local import LocalStore
from cms.tasks import workers
from tests.disk import on_disk

pytestmark = pytest.mark.both_databases


def test_a_worker_marks_the_folders_and_says_when_it_sees_others(
    app: Flask, storage: Storage, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        marks: dict[str, str] = {}
        workers.give_sign_of_life(["mediafold-short"], marks)
        assert redis.keys("worker:alive:*") == [b"worker:alive:mediafold-short"]
        assert redis.get(workers.FOLDERS_KEY) is None
        assert on_disk(storage, folder_marks.NAME).read_text() == marks["MEDIA_ROOT"]
        monkeypatch.setitem(app.extensions, "storage", replace(storage, media=LocalStore(tmp_path)))
        workers.give_sign_of_life(["mediafold-short"], marks)
    assert redis.get(workers.FOLDERS_KEY) == b"MEDIA_ROOT"
    assert 0 < redis.ttl(workers.FOLDERS_KEY) <= workers.WORKER_SECONDS
