"""days and fixity

Revision ID: 462a5718dcff
Revises: d31e7b99f49d
Create Date: 2026-11-23 23:48:23.580558
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # noqa: F401  JSON with a JSONB variant is written with it

revision = "462a5718dcff"
down_revision = "d31e7b99f49d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unanswered_count",
        sa.Column("caller", sa.String(length=32), nullable=False),
        sa.Column("call", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", name=op.f("pk_unanswered_count")),
    )
    op.create_table(
        "day_views",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["content_item.id"], name=op.f("fk_day_views_item_id_content_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "day", name=op.f("pk_day_views")),
        sqlite_with_rowid=False,
    )
    # What was counted before days were kept stands under the day of this migration, so that days and counter agree.
    op.execute(
        "INSERT INTO day_views (item_id, day, count)"
        " SELECT id, CURRENT_DATE, counter FROM content_item WHERE counter > 0"
    )
    with op.batch_alter_table("media_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("fault", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("unreferenced_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_media_file_unreferenced_since"), ["unreferenced_since"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_file_verified_at"), ["verified_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("media_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_file_verified_at"))
        batch_op.drop_index(batch_op.f("ix_media_file_unreferenced_since"))
        batch_op.drop_column("unreferenced_since")
        batch_op.drop_column("fault")
        batch_op.drop_column("verified_at")

    op.drop_table("day_views")
    op.drop_table("unanswered_count")
