"""Two different files with the same MD5 stay two files."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from cms.media.models import UploadStatus
from cms.media.storage import Storage
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.twins import ONE, OTHER, md5, twins


def test_the_published_blocks_collide() -> None:
    assert ONE != OTHER
    assert md5(ONE) == md5(OTHER) == "79054025255fb1a26e4bc422aef54eb4"


@pytest.mark.both_databases
@pytest.mark.parametrize(("kind", "slot"), [("video", "video"), ("audio", "audio")])
def test_two_files_with_one_md5_stay_two(
    engine: Engine, storage: Storage, factory: Factory, media_files: dict[str, Path], kind: str, slot: str
) -> None:
    both = twins(slot, media_files)
    assert both[0] != both[1]
    assert md5(both[0]) == md5(both[1])
    page = factory.page()
    items = [factory.item(page, kind) for _ in both]
    for item, data in zip(items, both, strict=True):
        upload = flow.complete(engine, storage, factory.upload(item, slot, "same name", data))
        assert (upload.status, upload.is_duplicate) == (UploadStatus.COMPLETED, False), upload.reason
    paths = [flow.shown(engine, item.id, slot) for item in items]
    assert len(set(paths)) == 2
    assert len({on_disk(storage, str(path)).read_bytes() for path in paths}) == 2
    assert len(flow.media_rows(engine)) == 2
