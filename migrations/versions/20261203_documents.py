"""documents

Revision ID: 90612033d6d7
Revises: 91c5dde09e79
Create Date: 2026-11-27 06:28:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "90612033d6d7"
down_revision = "91c5dde09e79"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("document_url", sa.String(length=2000), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["content_item.id"], name=op.f("fk_document_id_content_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )


def downgrade() -> None:
    op.drop_table("document")
