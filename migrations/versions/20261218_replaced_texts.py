"""texts that a replacement has changed

Revision ID: c85d2f7e9a16
Revises: 7a4e91c0b25d
Create Date: 2026-11-28 10:50:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "c85d2f7e9a16"
down_revision = "7a4e91c0b25d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "replaced_text",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "replacement_id", sa.Integer(), sa.ForeignKey("replacement.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("page_id", sa.Integer(), sa.ForeignKey("page.id", ondelete="CASCADE")),
        sa.Column("item_id", sa.Integer(), sa.ForeignKey("content_item.id", ondelete="CASCADE")),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("path", sa.String(500), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
    )
    for name in ("replacement_id", "page_id", "item_id"):
        op.create_index(f"ix_replaced_text_{name}", "replaced_text", [name])


def downgrade() -> None:
    op.drop_table("replaced_text")
