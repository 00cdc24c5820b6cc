"""embeds

Revision ID: 7bcf5a0eb493
Revises: 90612033d6d7
Create Date: 2026-11-27 06:36:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "7bcf5a0eb493"
down_revision = "90612033d6d7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "embed",
        sa.Column("embed_url", sa.String(length=2000), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["content_item.id"], name=op.f("fk_embed_id_content_item"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embed")),
    )


def downgrade() -> None:
    op.drop_table("embed")
