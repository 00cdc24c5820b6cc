"""when the work on a derivative began

Revision ID: 6e1b0f4a7c92
Revises: b52f0c7d91ae
Create Date: 2026-11-27 10:50:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "6e1b0f4a7c92"
down_revision = "b52f0c7d91ae"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("derivative", schema=None) as batch_op:
        batch_op.add_column(sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("derivative", schema=None) as batch_op:
        batch_op.drop_column("started_at")
