"""indexes of the few rows that the overview counts

Revision ID: 5e80c3d91f47
Revises: c27e5f8a1b93
Create Date: 2026-11-28 02:50:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "5e80c3d91f47"
down_revision = "c27e5f8a1b93"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_page_waiting", "page", "live_revision_id IS NOT NULL"),
    ("ix_derivative_transcript", "derivative", "recipe = 'transcript'"),
)


def upgrade() -> None:
    for name, table, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(name, table, ["id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _ in INDEXES:
        op.drop_index(name, table_name=table)
