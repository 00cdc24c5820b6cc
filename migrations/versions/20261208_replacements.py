"""files that took the place of others

Revision ID: a7c03d95e1f8
Revises: e19b5a6c3d84
Create Date: 2026-11-27 23:25:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "a7c03d95e1f8"
down_revision = "e19b5a6c3d84"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "replacement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("media_file_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.Column("editor", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], ["media_file.id"], name=op.f(f"fk_replacement_{column}_media_file"), ondelete="CASCADE"
            )
            for column in ("media_file_id", "successor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replacement")),
        sqlite_autoincrement=True,
    )
    for column in ("media_file_id", "successor_id", "created_at"):
        op.create_index(op.f(f"ix_replacement_{column}"), "replacement", [column])
    op.create_table(
        "replaced_slot",
        sa.Column("replacement_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=50), nullable=False),
        sa.Column("upload_id", sa.Integer(), nullable=True),
        sa.Column("encoding", sa.String(length=40), nullable=True),
        sa.Column("source", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["replacement_id"],
            ["replacement.id"],
            name=op.f("fk_replaced_slot_replacement_id_replacement"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["content_item.id"], name=op.f("fk_replaced_slot_item_id_content_item"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_replaced_slot_upload_id_upload"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("replacement_id", "item_id", "slot", name=op.f("pk_replaced_slot")),
    )
    for column in ("item_id", "upload_id"):
        op.create_index(op.f(f"ix_replaced_slot_{column}"), "replaced_slot", [column])


def downgrade() -> None:
    op.drop_table("replaced_slot")
    op.drop_table("replacement")
