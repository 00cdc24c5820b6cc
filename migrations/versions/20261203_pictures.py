"""pictures

Revision ID: 91c5dde09e79
Revises: 7a4e1b9c3d25
Create Date: 2026-11-27 06:15:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "91c5dde09e79"
down_revision = "7a4e1b9c3d25"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture",
        sa.Column("picture_url", sa.String(length=2000), nullable=True),
        sa.Column("alt_text", sa.String(length=500), server_default="", nullable=False),
        sa.Column("caption", sa.String(length=500), server_default="", nullable=False),
        sa.Column("credit", sa.String(length=200), server_default="", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["content_item.id"], name=op.f("fk_picture_id_content_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
    )


def downgrade() -> None:
    op.drop_table("picture")
