"""A site with its media files in an object store: nothing in the product needs them on a disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from cms import tasks
from cms.media.models import UploadStatus
from cms.media.storage import Storage
from cms.pages.models import ContentItem
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.storage.objects import Bucket, ObjectStore
from tests.media.storage.samples import content, found
from tests.media.storage.site_contract import SiteContract


class TestSiteWithObjects(SiteContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return ObjectStore(Bucket())

    def test_a_range_is_all_that_is_read(
        self,
        engine: Engine,
        client: FlaskClient,
        store: ObjectStore,
        upload: Callable[..., ContentItem],
        video_bytes: bytes,
    ) -> None:
        address = f"/media/{flow.shown(engine, upload(video_bytes).id, 'video')}"
        store.bucket.requests.clear()
        assert client.get(address, headers={"Range": "bytes=10-19"}).data == video_bytes[10:20]
        several = client.get(address, headers={"Range": "bytes=0-4,100-109,-5"})
        assert len(several.data) == int(several.headers["Content-Length"])
        assert client.head(address).status_code == 200
        assert [request for request, _ in store.bucket.requests].count("GET") == 1 + 3

    def test_a_fault_of_the_network_passes(
        self,
        engine: Engine,
        factory: Factory,
        store: ObjectStore,
        run: Callable[..., None],
        upload_id: int,
        video_bytes: bytes,
    ) -> None:
        """The fault occurs after the bytes were published and before the commit."""
        with pytest.MonkeyPatch.context() as fault:

            def breaks(source: str, target: str) -> None:
                real(source, target)
                raise ConnectionResetError("the network is away")

            real = store.bucket.copy
            fault.setattr(store.bucket, "copy", breaks)
            run(tasks.process_upload, upload_id)
        assert factory.upload_row(upload_id).status == UploadStatus.PENDING
        [orphan] = found(store)
        assert flow.media_rows(engine) == []
        flow.rest(engine, upload_id)
        run(tasks.process_upload, upload_id)
        [row] = flow.media_rows(engine)
        assert (row.path, content(store, row.path)) == (orphan, video_bytes)

    def test_derivatives_lie_in_one_as_well(
        self,
        app: Flask,
        engine: Engine,
        storage: Storage,
        store: ObjectStore,
        upload: Callable[..., ContentItem],
        run: Callable[..., None],
        client: FlaskClient,
        video_bytes: bytes,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        derived = ObjectStore(Bucket())
        monkeypatch.setitem(app.extensions, "storage", replace(storage, media=store, derived=derived))
        monkeypatch.setattr(tasks.derive, "delay", lambda id_: run(tasks.derive, id_))
        item = upload(video_bytes)
        page = client.get(f"/api/page/content/{item.page_id}/").json
        poster = page["contents"][0]["video_file"]["poster"]
        assert {file.path for file in derived.iterate()} == {one["path"].removeprefix("/derived/") for one in poster}
        assert client.get(poster[0]["path"]).data.startswith(b"RIFF")
        flow.delete(engine, item)
        run(tasks.collect_media, 0)
        assert list(derived.iterate()) == []


def test_visitors_are_led_to_where_the_store_hands_it_out(
    app: Flask, client: FlaskClient, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ObjectStore(Bucket(), "https://bucket.example")
    monkeypatch.setitem(app.extensions, "storage", replace(storage, media=store))
    path = "2026/01/02/video/%D0%B0-0123456789ab.mp4"
    answer = client.get(f"/media/{path}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"https://bucket.example/{path}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/media/.mediafold").status_code == 404
    assert store.bucket.requests == []
