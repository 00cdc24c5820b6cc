"""changes of published pages that wait to be published

Revision ID: d15b7e04a6f2
Revises: 92c6f1e8b05d
Create Date: 2026-11-27 23:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "d15b7e04a6f2"
down_revision = "92c6f1e8b05d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A table that SQLite makes anew would lose its triggers.
    with op.batch_alter_table("page", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("live_revision_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("page", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("live_revision_id")
