"""originals

Revision ID: b52f0c7d91ae
Revises: 0c2744b5bb71
Create Date: 2026-11-27 10:50:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "b52f0c7d91ae"
down_revision = "0c2744b5bb71"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "original",
        sa.Column("media_file_id", sa.Integer(), nullable=False),
        sa.Column("shown_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_file_id"], ["media_file.id"], name=op.f("fk_original_media_file_id_media_file"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["shown_id"], ["media_file.id"], name=op.f("fk_original_shown_id_media_file"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("media_file_id", name=op.f("pk_original")),
    )
    with op.batch_alter_table("original", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_original_shown_id"), ["shown_id"], unique=False)


def downgrade() -> None:
    op.drop_table("original")
