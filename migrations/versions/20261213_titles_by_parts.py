"""titles of pages and items are found by parts of words

Revision ID: 9b41d07c5e26
Revises: 7f20b6d9c81e
Create Date: 2026-11-28 02:20:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "9b41d07c5e26"
down_revision = "7f20b6d9c81e"
branch_labels = None
depends_on = None

TABLES = ("page", "content_item")

_FILL = "INSERT INTO {name} ({name}) VALUES ('rebuild')"
_ADD = "INSERT INTO {name} (rowid, title_key) VALUES (new.id, new.title_key);"
_REMOVE = "INSERT INTO {name} ({name}, rowid, title_key) VALUES ('delete', old.id, old.title_key);"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    has_trigrams = "SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'"
    for table in TABLES:
        if is_sqlite:
            _make_table(table)
        elif op.get_bind().scalar(sa.text(has_trigrams)):  # an earlier migration has installed it if it could
            op.execute(f"CREATE INDEX ix_{table}_trigrams ON {table} USING gin (title_key gin_trgm_ops)")


def _make_table(table: str) -> None:
    name = f"{table}_trigrams"
    op.execute(
        f"CREATE VIRTUAL TABLE {name} USING fts5(title_key, content='{table}', content_rowid='id',"
        " tokenize='trigram case_sensitive 1')"
    )
    op.execute(_FILL.format(name=name))
    for event, statements in (
        ("INSERT", _ADD),
        ("DELETE", _REMOVE),
        ("UPDATE OF title_key", _REMOVE + _ADD),  # views are counted without them
    ):
        done = statements.format(name=name)
        op.execute(f"CREATE TRIGGER {name}_{event.split()[0].lower()} AFTER {event} ON {table} BEGIN {done} END")


def downgrade() -> None:
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            for event in ("insert", "delete", "update"):
                op.execute(f"DROP TRIGGER {table}_trigrams_{event}")
            op.execute(f"DROP TABLE {table}_trigrams")
        else:
            op.execute(f"DROP INDEX IF EXISTS ix_{table}_trigrams")
