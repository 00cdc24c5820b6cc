"""pages that are templates of others

Revision ID: 3d8b15e6a7f4
Revises: c2f7a90d4e58
Create Date: 2026-11-28 02:45:00.000000
"""

from alembic import op

revision = "3d8b15e6a7f4"
down_revision = "c2f7a90d4e58"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE page ADD COLUMN is_template BOOLEAN DEFAULT false NOT NULL")
    op.create_index("ix_page_template", "page", ["is_template", "id"])


def downgrade() -> None:
    op.drop_index("ix_page_template", "page")
    op.execute("ALTER TABLE page DROP COLUMN is_template")
