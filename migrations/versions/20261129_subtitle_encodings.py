"""subtitle encodings

Revision ID: 5e0b7c19d4a2
Revises: 5d2e8a41c7b9
Create Date: 2026-11-26 18:30:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "5e0b7c19d4a2"
down_revision = "5d2e8a41c7b9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.add_column(sa.Column("encoding", sa.String(length=40), nullable=True))
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("encoding", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("source", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_column("source")
        batch_op.drop_column("encoding")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_column("encoding")
