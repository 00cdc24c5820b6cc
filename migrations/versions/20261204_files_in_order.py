"""slots for several files, galleries, chapters

Revision ID: 0c2744b5bb71
Revises: 3718d5f0e0c1
Create Date: 2026-11-27 10:45:28.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0c2744b5bb71"
down_revision = "3718d5f0e0c1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gallery",
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["content_item.id"], name=op.f("fk_gallery_id_content_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gallery")),
    )
    with op.batch_alter_table("attachment") as batch:
        batch.add_column(sa.Column("position", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("texts", sa.JSON(none_as_null=True), nullable=True))
    for kind in ("audio", "video"):
        with op.batch_alter_table(kind) as batch:
            batch.add_column(sa.Column("chapter_times", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for kind in ("video", "audio"):
        with op.batch_alter_table(kind) as batch:
            batch.drop_column("chapter_times")
    with op.batch_alter_table("attachment") as batch:
        batch.drop_column("texts")
        batch.drop_column("position")
    op.drop_table("gallery")
