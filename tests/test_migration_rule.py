"""Each migration only adds, so that the previous release works on the new tables: see docs/operations.md.

What a release no longer uses is removed in a later one. Such a migration explains it in ``contract``: what is removed,
and since which migration it has been unused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.script import Script, ScriptDirectory
from flask import Flask

from cms.extensions import db

pytestmark = pytest.mark.both_databases

Schema = dict[str, dict[str, Any]]


@pytest.fixture
def fresh(new_app: Callable[[str], Flask], database: str) -> Iterator[Flask]:
    """An app on an empty database, in its context."""
    app = new_app(database)
    with app.app_context():
        yield app


def schema() -> Schema:
    """What can affect an older release: columns and constraints."""
    inspector = sa.inspect(db.engine)
    uniques, indexes = inspector.get_multi_unique_constraints(), inspector.get_multi_indexes()
    keys, checks = inspector.get_multi_foreign_keys(), inspector.get_multi_check_constraints()
    return {
        table[1]: {
            "columns": {column["name"]: column for column in columns},
            "demands": {
                *(("unique", *found["column_names"]) for found in uniques[table]),
                *(("unique", *found["column_names"]) for found in indexes[table] if found["unique"]),
                *(("key", *found["constrained_columns"]) for found in keys[table]),
                *(("check", str(found["name"])) for found in checks[table]),
            },
        }
        for table, columns in inspector.get_multi_columns().items()
    }


def broken(before: Schema, after: Schema) -> list[str]:
    """What breaks the previous release."""
    found = []
    for table, old in before.items():
        if table not in after:
            found.append(f"{table} is gone")
            continue
        new = after[table]
        for name, column in old["columns"].items():
            changed = new["columns"].get(name)
            if changed is None:
                found.append(f"{table}.{name} is gone")
            elif str(changed["type"]) != str(column["type"]):
                found.append(f"{table}.{name} has another type")
            elif column["nullable"] and not changed["nullable"]:
                found.append(f"{table}.{name} must have a value now")
        for name in new["columns"].keys() - old["columns"].keys():
            column = new["columns"][name]
            if not column["nullable"] and column["default"] is None:
                found.append(f"{table}.{name} is new, must have a value, and has no default in the database")
        old_columns = set(old["columns"])
        for demand in new["demands"] - old["demands"]:
            if demand[0] == "check" or set(demand[1:]) <= old_columns:
                found.append(f"{table}: new demand {demand}")
    return found


def steps(app: Flask) -> list[Script]:
    return list(reversed(list(ScriptDirectory(app.extensions["migrate"].directory).walk_revisions())))


def test_each_migration_only_adds(fresh: Flask) -> None:
    before: Schema = {}
    for step in steps(fresh):
        flask_migrate.upgrade(revision=step.revision)
        after = schema()
        if not getattr(step.module, "contract", None):
            assert broken(before, after) == [], f"{step.path}: the release before could not use the database"
        before = after


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        (["DROP TABLE view_batch"], "view_batch is gone"),
        (["ALTER TABLE page RENAME COLUMN text TO words"], "page.text is gone"),
        (["ALTER TABLE page ADD COLUMN mood VARCHAR(9) NOT NULL DEFAULT ''"], None),
        (["ALTER TABLE page ADD COLUMN mood VARCHAR(9)"], None),
        (["CREATE UNIQUE INDEX one_title ON upload (filename)"], "upload: new demand ('unique', 'filename')"),
        (["CREATE INDEX quick ON upload (filename)"], None),
    ],
)
def test_a_migration_that_breaks_the_rule_is_found(fresh: Flask, statements: list[str], fault: str | None) -> None:
    flask_migrate.upgrade()
    before = schema()
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    found = broken(before, schema())
    assert (fault in found) if fault else not found


def test_the_release_before_leaves_newer_tables_alone(fresh: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    flask_migrate.upgrade()
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'ffffffffffff'"))
        connection.execute(sa.text("ALTER TABLE page ADD COLUMN of_a_newer_release INTEGER"))
    flask_migrate.upgrade()
    assert "A newer release has migrated the database" in capsys.readouterr().out
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "ffffffffffff"
