"""languages of pages and items

Revision ID: 61d4e0a93b57
Revises: 5e0b7c19d4a2
Create Date: 2026-11-26 20:45:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "61d4e0a93b57"
down_revision = "5e0b7c19d4a2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("page", "content_item"):
        # A table that SQLite makes anew would lose its triggers.
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            batch_op.add_column(sa.Column("language", sa.String(length=35), nullable=True))


def downgrade() -> None:
    for table in ("content_item", "page"):
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            batch_op.drop_column("language")
