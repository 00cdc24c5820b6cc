"""library search, and orders that count from 1

Revision ID: 5f1c3a8e2b60
Revises: 61d4e0a93b57
Create Date: 2026-11-26 20:30:00.000000
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "5f1c3a8e2b60"
down_revision = "61d4e0a93b57"
branch_labels = None
depends_on = None

BATCH = 1000


def upgrade() -> None:
    key = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.add_column(sa.Column("filename_key", key, nullable=True))
    _fill_filename_keys(op.get_bind())
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_filename_key"), ["filename_key"], unique=False)
    with op.batch_alter_table("media_file", schema=None) as batch_op:
        batch_op.create_index("ix_media_file_created_at", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_media_file_mime_type", ["mime_type", "id"], unique=False)
    _count_orders_from_one(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table("media_file", schema=None) as batch_op:
        batch_op.drop_index("ix_media_file_mime_type")
        batch_op.drop_index("ix_media_file_created_at")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_filename_key"))
        batch_op.drop_column("filename_key")


def _fill_filename_keys(connection: sa.Connection) -> None:
    """As `cms.database.search_key` makes them: no database folds the case of every alphabet."""
    upload = sa.table("upload", sa.column("id"), sa.column("filename"), sa.column("filename_key"))
    change = sa.update(upload).where(upload.c.id == sa.bindparam("of")).values(filename_key=sa.bindparam("key"))
    last = 0
    while True:
        some = sa.select(upload.c.id, upload.c.filename).where(upload.c.id > last).order_by(upload.c.id).limit(BATCH)
        rows = connection.execute(some).all()
        if not rows:
            return
        connection.execute(change, [{"of": row.id, "key": _search_key(row.filename)} for row in rows])
        last = rows[-1].id


def _search_key(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _count_orders_from_one(connection: sa.Connection) -> None:
    """Pages whose first item had the order 0 have 1 there; the items keep their sequence."""
    item = sa.table("content_item", sa.column("page_id"), sa.column("order"))
    pages = sa.select(item.c.page_id).where(item.c.order == 0)
    change = sa.update(item).where(item.c.page_id.in_(pages), item.c.order.between(0, 2**31 - 2))
    connection.execute(change.values(order=item.c.order + 1))
