"""What a picture tells of its place, its device and its author reaches editors alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms import tasks
from cms.database import now
from cms.media import integrity, withdrawal
from cms.media.integrity import RateLimiter
from cms.media.models import MediaFile, Original
from cms.media.storage import Storage
from cms.pages.models import ContentItem
from tests.disk import on_disk
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.collecting import Collect
from tests.mediabytes import SECRET, picture

pytestmark = pytest.mark.both_databases

DATA = picture("PNG", turned=True, located=True)
Upload = Callable[[bytes], ContentItem]


@pytest.fixture
def upload(engine: Engine, storage: Storage, factory: Factory) -> Upload:
    """Upload a picture into an item of its own on the page /it/."""
    page = factory.page(slug="it")

    def complete(data: bytes) -> ContentItem:
        item = factory.item(page, "picture")
        assert flow.complete(engine, storage, factory.upload(item, "picture", "a.jpg", data)).media_file_id
        return item

    return complete


def private_and_public(engine: Engine) -> tuple[list[MediaFile], list[MediaFile]]:
    rows = flow.media_rows(engine)
    return [row for row in rows if row.is_private], [row for row in rows if not row.is_private]


def crawl(client: FlaskClient, storage: Storage) -> list[str]:
    """The addresses of the site, and of every stored file however it may be asked for, that tell the secret."""
    stored = flow.files_on_disk(storage)
    guessed = [
        start + path for path in stored for start in ("/media/", "/media/originals/", "/derived/", "/originals/")
    ]
    guessed += [f"/media/{quote(path.replace('originals/', 'originals%2f'))}" for path in stored]
    guessed += [f"/media/2026/01/02/x/../../../../../{path}" for path in stored]
    return [address for address in ("/", "/it/", "/api/page/content/", *guessed) if SECRET in client.get(address).data]


def test_no_visitor_gets_it(client: FlaskClient, engine: Engine, storage: Storage, upload: Upload) -> None:
    item = upload(DATA)
    [original], [shown] = private_and_public(engine)
    assert flow.shown(engine, item.id, "picture") == shown.path
    assert on_disk(storage, original.path).read_bytes() == DATA
    assert (shown.width, shown.height) == (original.width, original.height) == (40, 60)
    assert client.get(shown.url_path).status_code == 200
    assert crawl(client, storage) == []


def test_an_editor_gets_the_original(signed_in: FlaskClient, engine: Engine, storage: Storage, upload: Upload) -> None:
    upload(DATA)
    [original], [shown] = private_and_public(engine)
    details = signed_in.get(f"/admin/media/details/?id={shown.id}").text
    address = f"/admin/media/original/?id={original.id}"
    assert address in details
    answer = signed_in.get(address)
    assert (answer.status_code, answer.data) == (200, DATA)
    assert (answer.headers["Cache-Control"], answer.headers["Content-Disposition"]) == (
        "private, no-store",
        "attachment",
    )
    assert address in signed_in.get(f"/admin/media/details/?id={original.id}").text
    assert signed_in.get(f"/admin/media/original/?id={shown.id}").status_code == 404
    listed = signed_in.get("/admin/media/").text
    assert shown.digest in listed
    assert original.digest not in listed
    on_disk(storage, original.path).unlink()
    assert signed_in.get(address).status_code == 404


def test_whoever_is_not_signed_in_does_not(client: FlaskClient, engine: Engine, upload: Upload) -> None:
    upload(DATA)
    [original], _ = private_and_public(engine)
    answer = client.get(f"/admin/media/original/?id={original.id}")
    assert (answer.status_code, answer.headers["Location"].startswith("/login")) == (302, True)


def test_the_same_bytes_are_kept_once(engine: Engine, storage: Storage, upload: Upload) -> None:
    items = [upload(DATA), upload(DATA)]
    _, [shown] = private_and_public(engine)
    assert {flow.shown(engine, item.id, "picture") for item in items} == {shown.path}
    items.append(upload(on_disk(storage, shown.path).read_bytes()))
    items.append(upload(DATA.replace(SECRET, SECRET.lower())))
    originals, [same] = private_and_public(engine)
    assert same.id == shown.id
    assert len(originals) == 2
    with Session(engine) as session:
        found = session.execute(select(Original.media_file_id, Original.shown_id).order_by(Original.media_file_id))
        assert found.all() == [(row.id, shown.id) for row in originals]


def test_an_original_is_kept_as_long_as_what_is_shown(
    engine: Engine, storage: Storage, collect: Collect, upload: Upload
) -> None:
    item = upload(DATA)
    assert collect(0) == []
    flow.delete(engine, item)
    collect(0)
    collect(0)
    assert (flow.media_rows(engine), flow.files_on_disk(storage)) == ([], [])


def test_a_lost_original_is_put_back(engine: Engine, storage: Storage, upload: Upload) -> None:
    upload(DATA)
    [original], _ = private_and_public(engine)
    on_disk(storage, original.path).unlink()
    upload(DATA)
    assert on_disk(storage, original.path).read_bytes() == DATA


def test_it_is_verified_like_any_other(engine: Engine, storage: Storage, transaction, upload: Upload) -> None:  # type: ignore[no-untyped-def]
    upload(DATA)
    [original], _ = private_and_public(engine)
    on_disk(storage, original.path).write_bytes(b"x" * original.size)
    faults = {found.path: found.fault for found in integrity.verify(transaction, storage.media, RateLimiter(0))}
    assert faults[original.path] == "damaged"
    assert len(faults) == 2


def test_staging_is_cleared_of_what_was_made(engine: Engine, storage: Storage, upload: Upload) -> None:
    upload(DATA)
    for name in storage.staging.names():
        storage.discard(name)
    assert list(Path(storage.staging.root).glob("[0-9a-f]*")) == []


@pytest.fixture
def published(factory: Factory) -> tuple[ContentItem, MediaFile]:
    """A picture with private metadata, as an earlier release stored it."""
    item = factory.item(factory.page(slug="it"), "picture")
    factory.attached(item, "picture", file := factory.media_file(DATA, "image"))
    return item, file


@pytest.fixture
def run(app: Flask) -> Callable[[], None]:
    def work() -> None:
        with app.app_context():
            tasks.probe_media.run()

    return work


def test_a_published_picture_is_withdrawn(
    client: FlaskClient,
    engine: Engine,
    storage: Storage,
    published: tuple[ContentItem, MediaFile],
    run: Callable[[], None],
) -> None:
    item, file = published
    assert file.path in client.get("/it/").text
    run()
    [original], [shown] = private_and_public(engine)
    assert (original.id, original.path, shown.path) == (file.id, f"originals/{file.path}", shown.path)
    assert original.probe_version == shown.probe_version is not None
    assert flow.shown(engine, item.id, "picture") == shown.path
    assert shown.path in client.get("/it/").text
    assert client.get(file.url_path).status_code == 404
    assert client.get(shown.url_path).status_code == 200
    assert on_disk(storage, original.path).read_bytes() == DATA
    assert crawl(client, storage) == []
    run()
    assert len(flow.media_rows(engine)) == 2


def test_one_in_the_trash_stays_there_and_is_deleted_with_its_original(
    app: Flask,
    client: FlaskClient,
    engine: Engine,
    storage: Storage,
    factory: Factory,
    published: tuple[ContentItem, MediaFile],
    run: Callable[[], None],
) -> None:
    factory.change(published[1], deleted_at=now(), deleted_by="me@example.com")
    run()
    [original], [shown] = private_and_public(engine)
    assert (shown.deleted_by, original.deleted_at) == ("me@example.com", None)
    assert shown.path not in client.get("/it/").text
    factory.change(shown, deleted_at=now() - timedelta(days=99))
    with app.app_context():
        tasks.empty_trash.run()
    assert (flow.media_rows(engine), flow.files_on_disk(storage)) == ([], [])


def test_a_run_that_died_before_the_public_file_was_removed_is_made_up_for(
    engine: Engine,
    storage: Storage,
    published: tuple[ContentItem, MediaFile],
    run: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    _item, file = published
    with monkeypatch.context() as patch:
        patch.setattr(withdrawal.garbage, "remove_unnamed", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert on_disk(storage, file.path).exists()
    run()
    assert not on_disk(storage, file.path).exists()
    assert len(flow.media_rows(engine)) == 2


def test_one_is_withdrawn_whose_copy_is_there_already(
    engine: Engine,
    storage: Storage,
    upload: Upload,
    factory: Factory,
    run: Callable[[], None],
) -> None:
    """As it was uploaded again since the update, from another program, or without the metadata."""
    new = upload(DATA)
    [original], [shown] = private_and_public(engine)
    other = DATA.replace(SECRET, SECRET.lower())
    item = factory.item(factory.page(), "picture")
    factory.attached(item, "picture", factory.media_file(other, "image"))
    run()
    assert flow.shown(engine, item.id, "picture") == flow.shown(engine, new.id, "picture") == shown.path
    originals, shown_ones = private_and_public(engine)
    assert ([len(originals), len(shown_ones)], originals[0].id) == ([2, 1], original.id)
