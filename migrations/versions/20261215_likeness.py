"""which media files look alike

Revision ID: c2f7a90d4e58
Revises: 9b40e7d2f6c3
Create Date: 2026-11-28 02:35:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "c2f7a90d4e58"
down_revision = "9b40e7d2f6c3"
branch_labels = None
depends_on = None

_BANDS = ("band_0", "band_1", "band_2", "band_3")


def upgrade() -> None:
    op.create_table(
        "likeness",
        sa.Column("media_file_id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _BANDS),
        sa.ForeignKeyConstraint(
            ["media_file_id"], ["media_file.id"], name=op.f("fk_likeness_media_file_id_media_file"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("media_file_id", name=op.f("pk_likeness")),
    )
    for name in _BANDS:
        op.create_index(op.f(f"ix_likeness_{name}"), "likeness", [name])
    op.create_table(
        "like_pair",
        sa.Column("first_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("second_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_like_pair")),
    )
    op.create_index(op.f("ix_like_pair_second_id"), "like_pair", ["second_id"])


def downgrade() -> None:
    op.drop_table("like_pair")
    op.drop_table("likeness")
