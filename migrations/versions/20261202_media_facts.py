"""what the headers of media files say

Revision ID: 7a4e1b9c3d25
Revises: 2c9d4f6a8b13
Create Date: 2026-11-27 06:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "7a4e1b9c3d25"
down_revision = "2c9d4f6a8b13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("media_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("facts", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("media_file", schema=None) as batch_op:
        batch_op.drop_column("facts")
