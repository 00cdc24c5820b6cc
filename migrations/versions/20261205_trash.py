"""the trash

Revision ID: 3f0a9c5e71d2
Revises: c4d81f6b27a9
Create Date: 2026-11-27 18:40:00.000000
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "3f0a9c5e71d2"
down_revision = "c4d81f6b27a9"
branch_labels = None
depends_on = None

_KEPT = sa.text("deleted_at IS NULL")
_UNIQUE = ("title", "slug")


def upgrade() -> None:
    with _rebuilt_page() as batch_op:
        for name in _UNIQUE:
            batch_op.drop_constraint(f"uq_page_{name}", type_="unique")
        _add(batch_op, "was_published")
    with op.batch_alter_table("content_item", schema=None, recreate="never") as batch_op:
        _add(batch_op, "was_active")
    for name in _UNIQUE:
        op.create_index(f"uq_page_{name}", "page", [name], unique=True, sqlite_where=_KEPT, postgresql_where=_KEPT)
    for table in ("page", "content_item"):
        op.create_index(f"ix_{table}_deleted_at", table, ["deleted_at"])


def downgrade() -> None:
    """Nothing is lost: what is in the trash becomes a draft, or inactive. Pages get their ids into titles and slugs."""
    page = sa.table("page", *(sa.column(name, sa.String) for name in ("title", "slug", "deleted_at", "id")))
    numbered = {
        name: sa.func.substr(page.c[name], 1, 240) + separator + sa.cast(page.c.id, sa.String)
        for name, separator in (("title", " "), ("slug", "-"))
    }
    op.execute(page.update().where(page.c.deleted_at.is_not(None)).values(numbered))
    for table in ("page", "content_item"):
        op.drop_index(f"ix_{table}_deleted_at", table)
    for name in _UNIQUE:
        op.drop_index(f"uq_page_{name}", "page")
    with op.batch_alter_table("content_item", schema=None, recreate="never") as batch_op:
        _drop(batch_op, "was_active")
    with _rebuilt_page() as batch_op:
        _drop(batch_op, "was_published")
        for name in _UNIQUE:
            batch_op.create_unique_constraint(f"uq_page_{name}", [name])


def _add(batch_op: Any, before: str) -> None:
    batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    batch_op.add_column(sa.Column("deleted_by", sa.String(length=255), nullable=True))
    batch_op.add_column(sa.Column(before, sa.Boolean(), server_default=sa.false(), nullable=False))


def _drop(batch_op: Any, before: str) -> None:
    for name in (before, "deleted_by", "deleted_at"):
        batch_op.drop_column(name)


@contextmanager
def _rebuilt_page() -> Iterator[Any]:
    """Change the table of pages. SQLite rebuilds it, and would forget its triggers and the highest id ever used."""
    connection = op.get_bind()
    is_rebuilt = connection.dialect.name == "sqlite"
    if is_rebuilt:
        triggers = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'page'")
        kept = connection.scalars(triggers).all()
        highest = connection.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'page'"))
    with op.batch_alter_table("page", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        yield batch_op
    if is_rebuilt:
        for trigger in kept:
            op.execute(trigger)
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'page'"))
        if highest is not None:
            known = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('page', :highest)")
            connection.execute(known, {"highest": highest})
