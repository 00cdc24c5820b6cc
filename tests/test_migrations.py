"""Migrations run up and down on both databases, and create exactly the tables of the models."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import MetaData, inspect, null, select, text

from cms.admin.formatters import reason
from cms.database import Base
from cms.extensions import db
from cms.media.models import Upload
from cms.pages.models import kinds

pytestmark = pytest.mark.both_databases

OWN = {"alembic_version"}


@pytest.fixture
def fresh(new_app: Callable[[str], Flask], database: str) -> Flask:
    """An app on an empty database."""
    return new_app(database)


def tables() -> set[str]:
    found = set(inspect(db.engine).get_table_names()) - {"sqlite_sequence"}
    return {name for name in found if "_trigrams" not in name}  # SQLite's own


def test_up_down_and_up_again(fresh: Flask) -> None:
    expected = set(Base.metadata.tables)
    with fresh.app_context():
        flask_migrate.upgrade()
        assert tables() - OWN == expected
        flask_migrate.downgrade(revision="base")
        assert tables() - OWN == set()
        flask_migrate.upgrade()
        assert tables() - OWN == expected


def test_each_step_can_be_taken_back(fresh: Flask) -> None:
    with fresh.app_context():
        steps = list(ScriptDirectory(fresh.extensions["migrate"].directory).walk_revisions())
        for step in reversed(steps):
            flask_migrate.upgrade(revision=step.revision)
            flask_migrate.downgrade(revision="-1")
            flask_migrate.upgrade(revision=step.revision)


def test_the_models_have_no_more_than_the_migrations(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=["db", "check"])
    assert answer.exit_code == 0, answer.output


def test_there_is_one_last_migration(app: Flask) -> None:
    heads = ScriptDirectory(app.extensions["migrate"].directory).get_heads()
    assert len(heads) == 1


def test_a_second_run_changes_nothing(fresh: Flask) -> None:
    with fresh.app_context():
        flask_migrate.upgrade()
        before = tables()
        flask_migrate.upgrade()
        assert tables() == before


def test_rows_of_the_release_before_the_library_are_brought_up_to_date(fresh: Flask) -> None:
    """Orders start at 1, and file names can be searched."""
    at = datetime(2026, 1, 2, tzinfo=UTC)
    titled = {"title": "Old", "title_key": "old", "version": 1, "created_at": at, "updated_at": at}
    orders = {1: [0, 1, 1, 5], 2: [1, 2], 3: [-3, 0, 2**31 - 1], 4: [7]}
    pages = [
        {"id": page, "slug": f"p{page}", "text": "", "is_published": True, **titled, "title": f"P{page}"}
        for page in orders
    ]
    items = [
        {"page_id": page, "order": order, "content_type": "text", "is_active": True, "counter": 0, **titled}
        for page, given in orders.items()
        for order in given
    ]
    upload = {"kind": "video", "slot": "video", "filename": "ÜBER.MP4", "size": 1, "status": "pending"}
    with fresh.app_context():
        flask_migrate.upgrade(revision="61d4e0a93b57")
        with db.engine.begin() as connection:
            old = MetaData()
            old.reflect(connection)
            connection.execute(old.tables["page"].insert(), pages)
            connection.execute(old.tables["content_item"].insert(), items)
            connection.execute(old.tables["upload"].insert().values(**upload, created_at=at, updated_at=at))
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            found = connection.execute(text('SELECT page_id, "order" FROM content_item ORDER BY id')).all()
            assert connection.scalar(text("SELECT filename_key FROM upload")) == "über.mp4"
    moved = {page: [row.order for row in found if row.page_id == page] for page in orders}
    assert moved == {1: [1, 2, 2, 6], 2: [1, 2], 3: [-3, 1, 2**31 - 1], 4: [7]}


def test_files_that_texts_name_are_found(fresh: Flask) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    titled = {"title": "Old", "title_key": "old", "version": 1, "created_at": at, "updated_at": at}
    path, text_ = "2026/01/02/image/dawn-0b8a1f6f7c2d.png", "![]({}) ![](/media/2026/gone.png) 100 % `/media/`"
    file = {"digest": "0" * 64, "size": 1, "mime_type": "image/png", "path": path, "created_at": at, "updated_at": at}
    with fresh.app_context():
        flask_migrate.upgrade(revision="3d8b15e6a7f4")
        with db.engine.begin() as connection:
            old = MetaData()
            old.reflect(connection)
            connection.execute(old.tables["media_file"].insert().values(**file))
            page = {"slug": "p", "is_published": True, **titled}
            connection.execute(old.tables["page"].insert().values(id=1, text=text_.format(f"/media/{path}"), **page))
            item = {"order": 1, "content_type": "text", "is_active": True, "counter": 0, **titled}
            connection.execute(old.tables["content_item"].insert().values(id=1, page_id=1, **item))
            connection.execute(old.tables["text"].insert().values(id=1, text=f"[Dawn](/media/{path}#top)"))
            kinds = ("audio", "document", "embed", "gallery")
            for id_, kind in enumerate(kinds, start=2):
                item |= {"order": id_, "content_type": kind}
                connection.execute(old.tables["content_item"].insert().values(id=id_, page_id=1, **item))
                connection.execute(old.tables[kind].insert().values(id=id_, text=f"![Dawn](/media/{path})"))
            content = zlib.compress(json.dumps({"text": f"![](/media/{path})"}).encode())
            revision = {"id": 9, "page_id": 1, "created_at": at, "action": "edited", "subject": "Old", "digest": "0"}
            connection.execute(old.tables["revision"].insert().values(content=content, **revision))
            connection.execute(old.tables["page"].update().values(live_revision_id=9))
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            found = connection.execute(text("SELECT page_id, item_id, media_file_id FROM text_file ORDER BY id")).all()
            assert connection.execute(text("SELECT revision_id, media_file_id FROM revision_file")).all() == [(9, 1)]
    assert found[0] == (1, None, 1)
    assert sorted(found[1:]) == [(None, id_, 1) for id_ in range(1, 6)]


def test_reasons_of_the_first_release_are_translated(fresh: Flask) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    upload = {"kind": "video", "slot": "video", "filename": "a", "filename_key": "a", "size": 1, "status": "failed"}
    wanted = {"found": "subtitles", "wanted": "a video"}
    reasons = {
        "The work on this file was cut off.": None,
        "The file is %(found)s, but %(wanted)s is wanted here.": wanted,
        "The file is empty.": None,
    }
    with fresh.app_context(), fresh.test_request_context(headers={"Accept-Language": "ru"}):
        flask_migrate.upgrade(revision="3718d5f0e0c1")
        with db.engine.begin() as connection:
            old = MetaData()
            old.reflect(connection)
            rows = [{"reason": reason, "reason_values": values or null()} for reason, values in reasons.items()]
            for row in rows:
                values = {**upload, **row, "created_at": at, "updated_at": at}
                connection.execute(old.tables["upload"].insert().values(**values))
        flask_migrate.upgrade()
        shown = [reason(found) for found in db.session.scalars(select(Upload).order_by(Upload.id))]
    assert shown == [
        "Обработка файла прервалась.",
        "Тип файла — файл субтитров, а здесь нужен другой: видео.",
        "Файл пуст.",
    ]


@pytest.mark.sqlite
def test_ids_are_never_given_twice(app: Flask) -> None:
    """SQLite reuses the highest id unless the table has AUTOINCREMENT; PostgreSQL has sequences."""
    with app.app_context(), db.engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all()
    ours = {
        name: sql
        for name, sql in rows
        if name in ("page", "content_item", "upload", "media_file", "user", "derivative")
    }
    assert len(ours) == 6
    assert [name for name, sql in ours.items() if "AUTOINCREMENT" not in sql] == []


def test_keys_are_enforced_also_after_a_migration_in_the_same_process(fresh: Flask) -> None:
    with fresh.app_context():
        flask_migrate.upgrade()
        flask_migrate.check()
        with db.engine.connect() as connection:
            if db.engine.dialect.name == "sqlite":
                assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
                assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
            for table in ["content_item", "attachment", *(kind.__tablename__ for kind in kinds())]:
                assert inspect(connection).get_foreign_keys(table), table
