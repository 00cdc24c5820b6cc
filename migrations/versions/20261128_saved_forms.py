"""saved forms, and versions of pages and items

Revision ID: 5d2e8a41c7b9
Revises: 5b7d9e3c2a41
Create Date: 2026-11-26 17:50:02.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "5d2e8a41c7b9"
down_revision = "5b7d9e3c2a41"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_form",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("view", sa.String(length=50), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("editor", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_saved_form")),
    )
    for table in ("page", "content_item"):
        # A table that SQLite makes anew would lose its triggers.
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    for table in ("content_item", "page"):
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            batch_op.drop_column("version")
    op.drop_table("saved_form")
