"""redirects, and pages that are published at a time

Revision ID: 92c6f1e8b05d
Revises: 7be41d09c3aa
Create Date: 2026-11-27 19:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "92c6f1e8b05d"
down_revision = "7be41d09c3aa"
branch_labels = None
depends_on = None

_TIMES = ("publish_at", "unpublish_at")


def upgrade() -> None:
    op.create_table(
        "redirect",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=255), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=True),
        sa.Column("target", sa.String(length=2000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(page_id IS NULL) <> (target IS NULL)", name=op.f("ck_redirect_leads_somewhere")),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_redirect_page_id_page"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redirect")),
        sa.UniqueConstraint("slug", name=op.f("uq_redirect_slug")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_redirect_page_id"), "redirect", ["page_id"])
    # A table that SQLite makes anew would lose its triggers.
    with op.batch_alter_table("page", schema=None, recreate="never") as batch_op:
        for name in _TIMES:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in _TIMES:
        op.create_index(op.f(f"ix_page_{name}"), "page", [name])


def downgrade() -> None:
    for name in _TIMES:
        op.drop_index(op.f(f"ix_page_{name}"), "page")
    with op.batch_alter_table("page", schema=None, recreate="never") as batch_op:
        for name in _TIMES:
            batch_op.drop_column(name)
    op.drop_table("redirect")
