"""plays

Revision ID: 6d1f0c52b7ae
Revises: 6e1b0f4a7c92
Create Date: 2026-11-27 10:50:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "6d1f0c52b7ae"
down_revision = "6e1b0f4a7c92"
branch_labels = None
depends_on = None

_TABLES = ("content_item", "day_views")


def upgrade() -> None:
    for table in _TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("plays", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_day_views_day", "day_views", ["day"])


def downgrade() -> None:
    op.drop_index("ix_day_views_day", "day_views")
    for table in _TABLES:
        # Not rebuilt: SQLite drops the column of a table as it stands.
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            batch_op.drop_column("plays")
