"""``flask cms backup`` and ``restore``: a whole site comes back, on the same or the other database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from redis import Redis
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from cms import current
from cms.backups import backup as backups
from cms.backups import dumps
from cms.database import Base
from cms.extensions import db
from cms.media.derivatives.models import Derivative
from cms.media.models import MediaFile
from cms.media.storage import Storage
from cms.pages.models import Attachment
from cms.view_counts import buffer, flush
from tests.disk import on_disk
from tests.factories import Factory

pytestmark = pytest.mark.both_databases

#: The databases to restore into.
EITHER = pytest.mark.parametrize("target", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])

LACKING = "The database lacks the tables of this release; run: flask db upgrade"


class Site:
    """An app and its commands."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.storage: Storage = app.extensions["storage"]

    def run(self, *words: str) -> Any:
        answer = self.app.test_cli_runner().invoke(args=["cms", *words])
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        return answer

    @property
    def engine(self) -> Engine:
        with self.app.app_context():
            return db.engine

    def rows(self) -> dict[str, list[Any]]:
        """All rows of the models' tables, except those that belong to one database only."""
        with self.engine.connect() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(select(table))), key=str)
                for table in Base.metadata.sorted_tables
                if table.name not in dumps.LEFT_OUT - {"published_block"}
            }


@pytest.fixture
def site(app: Flask) -> Site:
    return Site(app)


@pytest.fixture
def new_site(new_app: Callable[[str], Flask], redis: Redis) -> Callable[[str], Site]:
    """Makes a site without even tables."""
    return lambda database: Site(new_app(database))


@pytest.fixture
def filled(factory: Factory) -> dict[str, Any]:
    """A page with a file that two items show and a waiting upload, and rows of every other table."""
    page = factory.page("Ünïcode 🫨", text="**Words**\r\n")
    first, second = factory.item(page, "video"), factory.item(page, "video", is_active=False)
    file = factory.media_file(b"bytes that two show")
    factory.attached(first, "video", file)
    factory.attached(second, "video", file)
    factory.attached(second, "subtitles", factory.media_file(b"WEBVTT", family="subtitles"))
    with Session(factory.engine) as session:
        session.get_one(Attachment, (second.id, "subtitles")).source = b"\xcf\xf0\0"
        session.commit()
    factory.upload(factory.item(page, "audio"), "audio", "waits.mp3", b"staged bytes")
    factory.change(factory.item(page, "text"), counter=7, updated_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
    factory.page("Not published", published=False)
    factory.user("editor@example.com", "a password for tests")
    return {"page": page, "file": file}


@EITHER
def test_everything_comes_back(
    site: Site, filled: dict[str, Any], new_site: Callable[[str], Site], target: str, tmp_path: Path
) -> None:
    answer = site.run("backup", str(tmp_path / "backup"))
    assert answer.exit_code == 0, answer.output
    expected, staged = site.rows(), site.storage.staging.names()

    new = new_site(target)
    answer = new.run("restore", str(tmp_path / "backup"))
    assert answer.exit_code == 0, answer.output
    assert new.rows() == expected
    assert expected["published_block"]
    assert on_disk(new.storage, filled["file"].path).read_bytes() == b"bytes that two show"
    assert [new.storage.staging.path(name).read_bytes() for name in staged] == [b"staged bytes"]
    assert new.app.test_cli_runner().invoke(args=["db", "check"]).exit_code == 0


def test_derivatives_are_made_again(
    site: Site, factory: Factory, new_site: Callable[[str], Site], tmp_path: Path
) -> None:
    file = factory.media_file()
    factory.change(file, derived={"poster": []}, recipes_seen="those of then")
    with Session(factory.engine) as session:
        session.add(Derivative(media_file_id=file.id, recipe="poster", version=1, status="ready"))
        session.commit()
    assert site.run("backup", str(tmp_path / "backup")).exit_code == 0
    new = new_site("sqlite")
    assert new.run("restore", str(tmp_path / "backup")).exit_code == 0
    with Session(new.engine) as session:
        [restored] = session.scalars(select(MediaFile))
        assert (restored.derived, restored.recipes_seen) == (None, None)
        assert session.scalars(select(Derivative)).all() == []


@EITHER
def test_ids_that_were_given_are_not_given_again(
    site: Site, factory: Factory, new_site: Callable[[str], Site], target: str, tmp_path: Path
) -> None:
    factory.page("Stays")
    gone = factory.page("Goes")
    with site.engine.begin() as connection:
        connection.execute(text("DELETE FROM page WHERE id = :id"), {"id": gone.id})
    site.run("backup", str(tmp_path / "backup"))
    new = new_site(target)
    assert new.run("restore", str(tmp_path / "backup")).exit_code == 0
    assert Factory(new.engine, new.storage).page("New", slug="new").id == gone.id + 1


def test_a_backup_is_brought_up_to_date(site: Site, factory: Factory, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    old, kept = factory.media_file(b"old"), factory.media_file(b"kept")
    site.run("backup", str(folder))
    copied = folder / "media" / kept.digest[:2] / kept.digest
    before = copied.stat()
    with site.engine.begin() as connection:
        connection.execute(text("DELETE FROM media_file WHERE id = :id"), {"id": old.id})
    new = factory.media_file(b"new")
    assert site.run("backup", str(folder)).exit_code == 0
    assert {path.name for path in (folder / "media").glob("*/*")} == {kept.digest, new.digest}
    assert copied.stat().st_ino == before.st_ino, "it is not copied again"


def test_what_is_damaged_is_told_and_not_copied(
    site: Site, factory: Factory, new_site: Callable[[str], Site], tmp_path: Path
) -> None:
    whole, damaged, missing = (
        factory.media_file(b"whole"),
        factory.media_file(b"damaged"),
        factory.media_file(b"missing"),
    )
    on_disk(site.storage, damaged.path).write_bytes(b"DAMAGED")
    site.storage.media.delete(missing.path)
    answer = site.run("backup", str(tmp_path / "backup"))
    assert answer.exit_code == 1
    assert [line.split()[0] for line in answer.stderr.splitlines()] == [damaged.path, missing.path]
    new = new_site("sqlite")
    answer = new.run("restore", str(tmp_path / "backup"))
    assert answer.exit_code == 1
    assert f"{damaged.path} is not in the backup" in answer.stderr
    assert on_disk(new.storage, whole.path).read_bytes() == b"whole"
    assert not on_disk(new.storage, damaged.path).exists()


def test_a_database_with_pages_is_not_overwritten(site: Site, filled: dict[str, Any], tmp_path: Path) -> None:
    site.run("backup", str(tmp_path / "backup"))
    before = site.rows()
    answer = site.run("restore", str(tmp_path / "backup"))
    assert answer.exit_code == 1
    assert "The database is not empty (2 pages, 4 items, 2 media files, 1 uploads)" in answer.output
    assert site.rows() == before


def test_the_first_admin_of_a_new_site_makes_way(
    site: Site, filled: dict[str, Any], new_site: Callable[[str], Site], tmp_path: Path
) -> None:
    site.run("backup", str(tmp_path / "backup"))
    new = new_site("sqlite")
    with new.app.app_context():
        flask_migrate.upgrade()
    Factory(new.engine, new.storage).user("admin@example.com", "another password")
    assert new.run("restore", str(tmp_path / "backup")).exit_code == 0
    assert new.rows()["user"] == site.rows()["user"]


@EITHER
def test_a_backup_of_an_earlier_release_is_migrated(
    site: Site, new_site: Callable[[str], Site], target: str, tmp_path: Path
) -> None:
    """Its tables are those of its migration. A table that did not exist yet has no file, and is created empty."""
    folder = tmp_path / "backup"
    (folder / "database").mkdir(parents=True)
    (folder / "database" / "page.jsonl").write_text(
        '{"id":5,"title":"Old","title_key":"old","slug":"old","text":"","is_published":true,'
        '"created_at":"2026-01-02T03:04:05+00:00","updated_at":"2026-01-02T03:04:05+07:00"}\n'
    )
    (folder / "backup.json").write_text(
        '{"format":1,"made_at":"2026-01-02T03:04:05+00:00","migration":"d31e7b99f49d","last_ids":{"page":9}}'
    )
    new = new_site(target)
    answer = new.run("restore", str(folder))
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.splitlines()[-1] == "The backup of 2026-01-02 03:04 UTC is restored."
    assert len(new.rows()["page"]) == len(new.rows()["published_block"]) == 1
    assert new.app.test_cli_runner().invoke(args=["db", "check"]).exit_code == 0


def test_the_release_before_makes_a_backup_of_newer_tables(
    site: Site, factory: Factory, new_site: Callable[[str], Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows neither the last migration, nor which columns the newer release leaves out."""
    file = factory.media_file()
    factory.change(file, derived={"poster": []})
    known = list(ScriptDirectory(site.app.extensions["migrate"].directory).walk_revisions())[1:]
    new = new_site("sqlite")
    with monkeypatch.context() as before:
        before.setattr(dumps, "LEFT_OUT_COLUMNS", set())
        before.setattr(ScriptDirectory, "walk_revisions", lambda _self: iter(known))
        before.setattr(ScriptDirectory, "get_current_head", lambda _self: known[0].revision)
        answer = site.run("backup", str(tmp_path / "backup"))
        assert answer.exit_code == 0, answer.output
        assert "is of a newer release" in new.run("restore", str(tmp_path / "backup")).output
    answer = new.run("restore", str(tmp_path / "backup"))
    assert answer.exit_code == 0, answer.output
    with Session(new.engine) as session:
        [restored] = session.scalars(select(MediaFile))
        assert (restored.path, restored.derived) == (file.path, None)


@pytest.mark.parametrize("revision", ["base", "d31e7b99f49d"])
def test_older_tables_are_not_backed_up(
    new_site: Callable[[str], Site], database: str, revision: str, tmp_path: Path
) -> None:
    new = new_site(database)
    with new.app.app_context():
        flask_migrate.upgrade(revision=revision)
    answer = new.run("backup", str(tmp_path / "backup"))
    assert (answer.exit_code, answer.output) == (1, f"Error: {LACKING}\n")


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        (None, "it is no backup, or one that was not finished"),
        ("{", "cannot be read"),
        ('{"format":1}', "cannot be read"),
        ('{"format":2,"made_at":"","migration":"","last_ids":{}}', "has format 2; this release reads 1"),
        ('{"format":1,"made_at":"","migration":"ffffffffffff","last_ids":{}}', "is of a newer release"),
    ],
)
def test_what_is_no_backup_is_refused_in_words(
    new_site: Callable[[str], Site], tmp_path: Path, about: str | None, sentence: str
) -> None:
    if about:
        (tmp_path / "backup.json").write_text(about)
    answer = new_site("sqlite").run("restore", str(tmp_path))
    assert answer.exit_code == 1
    assert sentence in answer.output


def test_a_backup_that_was_cut_short_is_none_until_it_is_finished(
    site: Site, factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory.media_file(b"bytes")
    site.run("backup", str(tmp_path))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(backups, "_copy", full)
        factory.media_file(b"more bytes")
        answer = site.run("backup", str(tmp_path))
    assert answer.exit_code == 1
    assert "No space left on device" in answer.output
    with pytest.raises(backups.NotUsable):
        backups.read(tmp_path)
    assert site.run("backup", str(tmp_path)).exit_code == 0
    assert backups.read(tmp_path).format == backups.FORMAT


def test_views_in_redis_are_in_the_backup(site: Site, factory: Factory, redis: Redis, tmp_path: Path) -> None:
    page = factory.page()
    item = factory.item(page)
    client = site.app.test_client()
    for _ in range(3):
        client.get(f"/api/page/content/{page.id}/")
    site.run("backup", str(tmp_path))
    [row] = dumps.rows(tmp_path / "database", "content_item")
    assert (row["id"], row["counter"]) == (item.id, 3)


def test_redis_forgets_the_database_before(site: Site, factory: Factory, redis: Redis) -> None:
    """An older database is restored by other means: its pages, counters and ids differ from those in Redis."""
    page = factory.page("Before")
    item = factory.item(page)
    client = site.app.test_client()
    address = f"/api/page/content/{page.id}/"
    for _ in range(3):
        client.get(address)
    with site.engine.begin() as connection:
        connection.execute(text("UPDATE page SET title = 'Restored' WHERE id = :id"), {"id": page.id})
    assert client.get(address).json["title"] == "Before"  # type: ignore[index]
    answer = site.run("restored")
    assert answer.exit_code == 0, answer.output
    found = client.get(address).json
    assert found is not None
    assert found["title"] == "Restored"
    assert found["contents"][0] | {"id": item.id} == found["contents"][0]
    assert found["contents"][0]["counter"] == 0
    assert redis.hget(buffer.BUFFER, str(item.id)) == b"1"


def test_an_older_database_is_noticed_by_the_next_flush(site: Site, factory: Factory, redis: Redis) -> None:
    page = factory.page("Before")
    factory.item(page)
    client = site.app.test_client()
    address = f"/api/page/content/{page.id}/"
    client.get(address)
    assert site.run("views", "flush").exit_code == 0
    assert 0 < redis.ttl(flush.LAST_BATCH) <= flush.LAST_BATCH_SECONDS
    client.get(address)
    with site.engine.begin() as connection:
        connection.execute(text("DELETE FROM view_batch"))
        connection.execute(text("DELETE FROM day_views"))
        connection.execute(text("UPDATE content_item SET counter = 0"))
        connection.execute(text("UPDATE page SET title = 'Restored'"))
    site.run("views", "flush")
    found = client.get(address).json
    assert found is not None
    assert found["title"] == "Restored"
    assert found["contents"][0]["counter"] == 0, "views of the database before are not added to this one"
    with site.app.app_context():
        assert current.page_cache().redis.get(flush.LAST_BATCH) is None
