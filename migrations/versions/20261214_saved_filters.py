"""named filters of lists

Revision ID: c27e5f8a1b93
Revises: 9b41d07c5e26
Create Date: 2026-11-28 02:40:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "c27e5f8a1b93"
down_revision = "9b41d07c5e26"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("list_name", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_saved_filter_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_saved_filter_name", "saved_filter", ["list_name", "user_id", "name"], unique=True)


def downgrade() -> None:
    op.drop_table("saved_filter")
