"""uploads that arrive piece by piece

Revision ID: 5d0c4be7a916
Revises: a7c03d95e1f8
Create Date: 2026-11-27 23:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "5d0c4be7a916"
down_revision = "a7c03d95e1f8"
branch_labels = None
depends_on = None

_STOPPED = "The file did not arrive completely. Please upload it again."


def upgrade() -> None:
    with op.batch_alter_table("upload", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("owner", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("made_item", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    # The previous release does not know this status. Its recovery removes the bytes.
    upload = sa.table("upload", sa.column("status", sa.String), sa.column("reason", sa.String))
    op.execute(upload.update().where(upload.c.status == "receiving").values(status="failed", reason=_STOPPED))
    with op.batch_alter_table("upload", schema=None, recreate="never") as batch_op:
        for name in ("made_item", "expires_at", "owner"):
            batch_op.drop_column(name)
