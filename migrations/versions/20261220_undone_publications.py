"""what visitors saw before a publication, so that it can be undone

Revision ID: 9d4e7a1c52b8
Revises: 3f6b8e2d70c4
Create Date: 2026-11-28 21:20:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "9d4e7a1c52b8"
down_revision = "3f6b8e2d70c4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("revision", sa.Column("seen_before", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("revision", "seen_before")
