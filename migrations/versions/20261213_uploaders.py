"""files by who has uploaded them

Revision ID: 5e8a13c6d0b7
Revises: 5e80c3d91f47
Create Date: 2026-11-28 02:10:00.000000
"""

from alembic import op

revision = "5e8a13c6d0b7"
down_revision = "5e80c3d91f47"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_upload_owner", "upload", ["owner", "media_file_id"])


def downgrade() -> None:
    op.drop_index("ix_upload_owner", "upload")
