"""An item without a title is named after its file, and then by the title in the file's tags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.media.storage import Storage
from cms.pages.models import ContentItem
from tests import mediabytes
from tests.admin.tabs import Tab
from tests.factories import Factory
from tests.media import uploading as flow

OpenTab = Callable[[ContentItem], Tab]

pytestmark = pytest.mark.both_databases


@pytest.fixture
def tagged(tmp_path: Path) -> bytes:
    return mediabytes.make(tmp_path / "film", "mp4", "libx264", "aac", title="Dawn over the river").read_bytes()


@pytest.fixture
def item(factory: Factory) -> ContentItem:
    return factory.item(factory.page(), "video", title="dawn 1")


@pytest.fixture
def upload_id(factory: Factory, item: ContentItem, tagged: bytes) -> int:
    return factory.upload(item, "video", "dawn_1.mp4", tagged)


@pytest.fixture
def tab(signed_in: FlaskClient) -> OpenTab:
    return lambda item: Tab(signed_in, f"/admin/video/edit/?id={item.id}")


def test_it_takes_the_title_of_the_tags(
    engine: Engine, storage: Storage, factory: Factory, item: ContentItem, upload_id: int
) -> None:
    flow.complete(engine, storage, upload_id)
    found = factory.reload(item)
    assert (found.title, found.title_key, found.version) == ("Dawn over the river", "dawn over the river", 1)


def test_so_does_one_whose_file_is_known(
    engine: Engine, storage: Storage, factory: Factory, item: ContentItem, upload_id: int, tagged: bytes
) -> None:
    flow.complete(engine, storage, upload_id)
    other = factory.item(factory.page(), "video", title="b")
    assert flow.complete(engine, storage, factory.upload(other, "video", "b.mov", tagged)).is_duplicate
    assert factory.reload(other).title == "Dawn over the river"


def test_a_title_that_an_editor_wrote_stays(
    engine: Engine, storage: Storage, factory: Factory, tagged: bytes, video_bytes: bytes
) -> None:
    written = factory.item(factory.page(), "video", title="Mine")
    flow.complete(engine, storage, factory.upload(written, "video", "dawn.mp4", tagged))
    untagged = factory.item(factory.page(), "video", title="plain")
    flow.complete(engine, storage, factory.upload(untagged, "video", "plain.mp4", video_bytes))
    assert [factory.reload(row).title for row in (written, untagged)] == ["Mine", "plain"]


def test_a_form_that_was_opened_before_leaves_it(
    tab: OpenTab, engine: Engine, storage: Storage, factory: Factory, item: ContentItem, upload_id: int
) -> None:
    opened = tab(item)
    flow.complete(engine, storage, upload_id)
    assert opened.save(is_active=None)
    assert (factory.reload(item).title, factory.reload(item).is_active) == ("Dawn over the river", False)


def test_a_form_that_was_opened_before_may_have_another_one(
    tab: OpenTab, engine: Engine, storage: Storage, factory: Factory, item: ContentItem, upload_id: int
) -> None:
    opened = tab(item)
    flow.complete(engine, storage, upload_id)
    assert opened.save(title="Mine")
    assert factory.reload(item).title == "Mine"


def test_a_worker_waits_for_an_editor_and_holds_nothing_meanwhile(
    engine: Engine, storage: Storage, factory: Factory, item: ContentItem, upload_id: int
) -> None:
    worker = Thread(target=flow.complete, args=(engine, storage, upload_id))
    with Session(engine) as session:
        row = session.get_one(ContentItem, item.id, with_for_update={"key_share": True})
        worker.start()
        assert flow.waits(engine, worker)
        row.attachments["video"].encoding = "utf-8"
        session.commit()
    worker.join()
    assert flow.shown(engine, item.id, "video")
    assert factory.reload(item).title == "Dawn over the river"
