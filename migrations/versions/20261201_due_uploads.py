"""from when an upload may be claimed

Revision ID: 2c9d4f6a8b13
Revises: 5f1c3a8e2b60
Create Date: 2026-11-27 01:10:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "2c9d4f6a8b13"
down_revision = "5f1c3a8e2b60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_column("due_at")
