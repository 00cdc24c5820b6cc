"""media files that texts name

Revision ID: 7a4e91c0b25d
Revises: 3d8b15e6a7f4
Create Date: 2026-11-28 07:20:00.000000
"""

import re
import zlib
from collections.abc import Sequence
from urllib.parse import unquote

import sqlalchemy as sa
from alembic import op

revision = "7a4e91c0b25d"
down_revision = "3d8b15e6a7f4"
branch_labels = None
depends_on = None

# One too many keeps a file that could go; the next saving of the text knows better.
_ADDRESS = re.compile(r"/media/([^\s()<>\"'?#\\]+)")
#: The tables of items with a text in Markdown.
_KINDS = ("audio", "document", "embed", "gallery", "text")


def upgrade() -> None:
    op.create_table(
        "text_file",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("page_id", sa.Integer(), sa.ForeignKey("page.id", ondelete="CASCADE")),
        sa.Column("item_id", sa.Integer(), sa.ForeignKey("content_item.id", ondelete="CASCADE")),
        sa.Column("media_file_id", sa.Integer(), nullable=False),
    )
    for name in ("page_id", "item_id", "media_file_id"):
        op.create_index(f"ix_text_file_{name}", "text_file", [name])
    if not op.get_context().as_sql:
        _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    named = sa.table("text_file", sa.column("page_id"), sa.column("item_id"), sa.column("media_file_id"))
    for column, name in (("page_id", "page"), *(("item_id", kind) for kind in _KINDS)):
        table = sa.table(name, sa.column("id"), sa.column("text"))
        texts = sa.select(table.c.id, table.c.text).where(table.c.text.contains("/media/"))
        for id_, text in connection.execute(texts).all():
            for media_file_id in _named_in(connection, text):
                connection.execute(named.insert().values({column: id_, "media_file_id": media_file_id}))
    # What visitors see while changes wait. Earlier revisions are restored without the files that are gone.
    page = sa.table("page", sa.column("live_revision_id"))
    revision = sa.table("revision", sa.column("id"), sa.column("content"))
    kept = sa.table("revision_file", sa.column("revision_id"), sa.column("media_file_id"))
    live = sa.select(revision.c.id, revision.c.content).where(revision.c.id.in_(sa.select(page.c.live_revision_id)))
    for id_, content in connection.execute(live).all():
        for media_file_id in _named_in(connection, zlib.decompress(content).decode()):
            connection.execute(kept.insert().values(revision_id=id_, media_file_id=media_file_id))


def _named_in(connection: sa.Connection, text: str) -> Sequence[int]:
    file = sa.table("media_file", sa.column("id"), sa.column("path"))
    paths = {unquote(path) for path in _ADDRESS.findall(text)}
    return connection.scalars(sa.select(file.c.id).where(file.c.path.in_(paths)).order_by(file.c.id)).all()


def downgrade() -> None:
    op.drop_table("text_file")
