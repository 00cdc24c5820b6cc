"""roles, and who has made a page

Revision ID: 4d7c0a91e3b6
Revises: 5d0c4be7a916
Create Date: 2026-11-27 23:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "4d7c0a91e3b6"
down_revision = "5d0c4be7a916"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whoever could sign in until now could do everything.
    op.add_column("user", sa.Column("role", sa.String(length=20), server_default="admin", nullable=False))
    op.add_column("page", sa.Column("created_by", sa.Integer(), nullable=True))


def downgrade() -> None:
    # The release before lets everybody do everything who can sign in.
    op.execute("UPDATE \"user\" SET is_active = false WHERE role <> 'admin'")
    # A table that SQLite makes anew would lose its triggers.
    for table, column in (("page", "created_by"), ("user", "role")):
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            batch_op.drop_column(column)
