"""sessions, links that set a password, and when accounts were last seen

Revision ID: b83e5f10c2d9
Revises: 4d7c0a91e3b6
Create Date: 2026-11-27 23:15:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "b83e5f10c2d9"
down_revision = "4d7c0a91e3b6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("language", sa.String(length=35), nullable=True))
    op.add_column("user", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    _create_table(
        "user_session",
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("browser", sa.String(length=255), nullable=False),
        sqlite_autoincrement=True,
    )
    _create_table("account_link", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False))


def _create_table(name: str, *columns: sa.Column, **options: bool) -> None:
    """A table of tokens' digests, each of an account."""
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f(f"fk_{name}_user_id_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("digest", name=op.f(f"uq_{name}_digest")),
        **options,
    )
    op.create_index(op.f(f"ix_{name}_user_id"), name, ["user_id"])


def downgrade() -> None:
    op.drop_table("account_link")
    op.drop_table("user_session")
    with op.batch_alter_table("user", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("seen_at")
        batch_op.drop_column("language")
