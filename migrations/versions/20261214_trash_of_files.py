"""the trash of media files

Revision ID: 9b40e7d2f6c3
Revises: 5e8a13c6d0b7
Create Date: 2026-11-28 02:20:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "9b40e7d2f6c3"
down_revision = "5e8a13c6d0b7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("media_file", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("deleted_by", sa.String(length=255), nullable=True))
    op.create_index(op.f("ix_media_file_deleted_at"), "media_file", ["deleted_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_media_file_deleted_at"), "media_file")
    with op.batch_alter_table("media_file", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("deleted_by")
        batch_op.drop_column("deleted_at")
