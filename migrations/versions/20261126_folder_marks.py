"""folder marks

Revision ID: 5e2c9a17b640
Revises: 8c1f0d2e7a55
Create Date: 2026-11-26 17:30:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "5e2c9a17b640"
down_revision = "8c1f0d2e7a55"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "folder_mark",
        sa.Column("folder", sa.String(length=20), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("folder", name=op.f("pk_folder_mark")),
    )


def downgrade() -> None:
    op.drop_table("folder_mark")
