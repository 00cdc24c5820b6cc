"""titles, texts and tags of media files

Revision ID: c4d7e20a91f3
Revises: d15b7e04a6f2
Create Date: 2026-11-27 23:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "c4d7e20a91f3"
down_revision = "d15b7e04a6f2"
branch_labels = None
depends_on = None

_TEXTS = {"title": 255, "alt": 500, "credit": 255}


def upgrade() -> None:
    with op.batch_alter_table("media_file", schema=None, recreate="never") as batch_op:
        for name, length in _TEXTS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), server_default="", nullable=False))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.create_index(op.f("ix_media_file_size"), "media_file", ["size"])
    key = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("key", key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("key", name=op.f("uq_tag_key")),
    )
    op.create_table(
        "media_tag",
        sa.Column("media_file_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_file_id"], ["media_file.id"], name=op.f("fk_media_tag_media_file_id_media_file"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_media_tag_tag_id_tag"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("media_file_id", "tag_id", name=op.f("pk_media_tag")),
    )
    op.create_index(op.f("ix_media_tag_tag_id"), "media_tag", ["tag_id"])


def downgrade() -> None:
    op.drop_table("media_tag")
    op.drop_table("tag")
    op.drop_index(op.f("ix_media_file_size"), "media_file")
    with op.batch_alter_table("media_file", schema=None, recreate="never") as batch_op:
        for name in ("version", *_TEXTS):
            batch_op.drop_column(name)
