"""bot views

Revision ID: 5b0c7e91d3a4
Revises: 5e2c9a17b640
Create Date: 2026-11-27 04:10:33.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "5b0c7e91d3a4"
down_revision = "5e2c9a17b640"
branch_labels = None
depends_on = None

_TABLES = ("content_item", "day_views")


def upgrade() -> None:
    for table in _TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("bot_views", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    for table in _TABLES:
        # Not rebuilt: SQLite drops the column of a table as it stands.
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            batch_op.drop_column("bot_views")
