"""What a site does with its stored files, whatever the store.

The test module of a store has a subclass whose name begins with ``Test``. Its fixture ``store`` gives an empty store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from cms import tasks
from cms.backups import backup as backups
from cms.cli.backup import backup as backup_command
from cms.media import folder_marks
from cms.media.models import MediaFault, UploadStatus
from cms.media.storage import Storage
from cms.media.storage.store import MediaStore
from cms.pages.models import ContentItem
from cms.tasks import workers
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.storage.objects import Bucket, ObjectStore
from tests.media.storage.samples import content, found
from tests.mediabytes import SRT


class SiteContract:
    """The tests."""

    @pytest.fixture
    def store(self) -> MediaStore:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def site(self, app: Flask, storage: Storage, store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Make the site keep its media files in the store."""
        monkeypatch.setitem(app.extensions, "storage", replace(storage, media=store))
        yield
        assert list(on_disk(storage).iterdir()) == [], "the folder has no part in it"

    @pytest.fixture
    def run(self, app: Flask) -> Callable[..., None]:
        """Run a task as a worker does, in this process."""

        def work(task: Any, *arguments: Any) -> None:
            with app.app_context():
                task.run(*arguments)

        return work

    @pytest.fixture
    def command(self, app: Flask) -> Callable[..., Any]:
        """The JSON that a command prints."""
        return lambda *words: json.loads(app.test_cli_runner().invoke(args=["cms", "media", *words, "--json"]).stdout)

    @pytest.fixture
    def upload(self, factory: Factory, run: Callable[..., None]) -> Callable[..., ContentItem]:
        """Upload a file to that slot of a new video item."""

        def made(data: bytes, slot: str = "video", name: str = "a.mp4") -> ContentItem:
            item = factory.item(factory.page(), "video")
            upload_id = factory.upload(item, slot, name, data)
            run(tasks.process_upload, upload_id)
            assert factory.upload_row(upload_id).status == UploadStatus.COMPLETED
            return item

        return made

    def test_equal_bytes_are_one_file(
        self,
        engine: Engine,
        storage: Storage,
        store: MediaStore,
        upload: Callable[..., ContentItem],
        video_bytes: bytes,
    ) -> None:
        items = [upload(video_bytes), upload(video_bytes, name="Копия.mp4")]
        [path] = {flow.shown(engine, item.id, "video") for item in items}
        assert (list(found(store)), content(store, str(path))) == ([path], video_bytes)
        assert storage.staging.names() == []

    def test_it_is_served_from_there(
        self, engine: Engine, client: FlaskClient, upload: Callable[..., ContentItem], video_bytes: bytes
    ) -> None:
        address = f"/media/{flow.shown(engine, upload(video_bytes).id, 'video')}"
        whole = client.get(address)
        assert (whole.status_code, whole.data, whole.mimetype) == (200, video_bytes, "video/mp4")
        assert client.get(address, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
        part = client.get(address, headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.data) == (206, video_bytes[10:20])
        several = client.get(address, headers={"Range": "bytes=0-4,100-109,-5"})
        assert (several.status_code, len(several.data)) == (206, int(several.headers["Content-Length"]))
        for part_of_it in (video_bytes[:5], video_bytes[100:110], video_bytes[-5:]):
            assert b"\r\n\r\n" + part_of_it + b"\r\n--" in several.data
        head = client.head(address)
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(video_bytes)))
        assert client.get(address.replace("/a-", "/b-")).status_code == 404

    def test_harm_is_found_and_healed_by_the_same_bytes(
        self,
        engine: Engine,
        store: MediaStore,
        upload: Callable[..., ContentItem],
        command: Callable[..., Any],
        video_bytes: bytes,
        other_video_bytes: bytes,
    ) -> None:
        for data in (video_bytes, other_video_bytes):
            upload(data)
        damaged, missing = flow.media_rows(engine)
        store.put(damaged.path, BytesIO(video_bytes[::-1]))
        store.delete(missing.path)
        store.put("notes.txt", BytesIO(b"?"))
        told = command("verify")
        assert (told["damaged"], told["missing"], told["orphaned"]) == ([damaged.path], [missing.path], ["notes.txt"])
        assert [row.fault for row in flow.media_rows(engine)] == [MediaFault.DAMAGED, MediaFault.MISSING]
        for data in (video_bytes, other_video_bytes):
            upload(data)
        assert [row.fault for row in flow.media_rows(engine)] == [None, None]
        assert (content(store, damaged.path), content(store, missing.path)) == (video_bytes, other_video_bytes)

    def test_what_nobody_shows_is_collected(
        self,
        engine: Engine,
        store: MediaStore,
        upload: Callable[..., ContentItem],
        command: Callable[..., Any],
        video_bytes: bytes,
        other_video_bytes: bytes,
    ) -> None:
        kept, gone = upload(video_bytes), upload(other_video_bytes)
        path = flow.shown(engine, gone.id, "video")
        flow.delete(engine, gone)
        store.put("notes.txt", BytesIO(b"?"))
        told = command("gc", "--grace", "0")
        assert (told["removed"], told["orphaned"]) == ([path], ["notes.txt"])
        assert list(found(store)) == [flow.shown(engine, kept.id, "video")]

    def test_subtitles_are_converted_and_shown_to_their_editor(
        self, engine: Engine, store: MediaStore, upload: Callable[..., ContentItem], signed_in: FlaskClient
    ) -> None:
        item = upload(SRT.encode("koi8-r"), "subtitles", "a.srt")
        path = str(flow.shown(engine, item.id, "subtitles"))
        assert content(store, path).startswith(b"WEBVTT")
        form = signed_in.get(f"/admin/video/edit/?id={item.id}").text
        assert SRT.splitlines()[2] in form

    def test_files_of_an_earlier_release_are_probed(
        self,
        engine: Engine,
        factory: Factory,
        upload: Callable[..., ContentItem],
        run: Callable[..., None],
        video_bytes: bytes,
    ) -> None:
        upload(video_bytes)
        [row] = flow.media_rows(engine)
        factory.change(row, probe_version=None, video_codec=None)
        run(tasks.probe_media)
        assert factory.reload(row).video_codec == row.video_codec is not None

    def test_machines_that_do_not_share_a_store_are_noticed(
        self, app: Flask, storage: Storage, store: MediaStore, run: Callable[..., None]
    ) -> None:
        marks: dict[str, str] = {}
        with app.app_context():
            workers.give_sign_of_life(["mediafold"], marks)
        assert content(store, folder_marks.NAME).decode() == marks["MEDIA_ROOT"]
        assert folder_marks.unmarked(replace(storage, media=store), marks) == []
        elsewhere = replace(storage, media=ObjectStore(Bucket()))
        assert folder_marks.unmarked(elsewhere, marks) == ["MEDIA_ROOT"]

    def test_a_backup_has_the_files_and_fills_another_store(
        self,
        app: Flask,
        storage: Storage,
        upload: Callable[..., ContentItem],
        store: MediaStore,
        video_bytes: bytes,
        other_video_bytes: bytes,
        tmp_path: Path,
    ) -> None:
        for data in (video_bytes, other_video_bytes):
            upload(data)
        told = app.test_cli_runner().invoke(backup_command, [str(tmp_path)])
        assert (told.exit_code, "complete" in told.output) == (0, True), told.output
        files = backups.files_of(tmp_path)
        other = replace(storage, media=ObjectStore(Bucket()))
        for _ in range(2):
            assert list(backups.restore_files(files, other, tmp_path, lambda _bytes: None)) == []
        assert {path: content(other.media, path) for path in found(other.media)} == {
            path: content(store, path) for path in found(store)
        }
        digest, path, _ = files.media[0]
        copied = tmp_path / "media" / digest[:2] / digest
        copied.write_bytes(copied.read_bytes()[::-1])
        other.media.delete(path)
        assert list(backups.restore_files(files, other, tmp_path, lambda _bytes: None)) == [path]
        assert other.media.stat(path) is None, "what is damaged is not put there"
