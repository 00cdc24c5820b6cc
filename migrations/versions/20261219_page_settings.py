"""tags of pages, and a picture for sharing

Revision ID: 3f6b8e2d70c4
Revises: c85d2f7e9a16
Create Date: 2026-11-28 13:20:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "3f6b8e2d70c4"
down_revision = "c85d2f7e9a16"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("page", sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("page", sa.Column("sharing_picture", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "page_tag",
        sa.Column("page_id", sa.Integer(), sa.ForeignKey("page.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag_id", sa.Integer(), sa.ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
    )
    # A page of the list of a tag, newest first, is read from it.
    op.create_index("ix_page_tag_tag_id", "page_tag", ["tag_id", "page_id"])


def downgrade() -> None:
    op.drop_table("page_tag")
    op.drop_column("page", "sharing_picture")
    op.drop_column("page", "tags")
