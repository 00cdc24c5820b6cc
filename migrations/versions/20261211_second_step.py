"""the second step of signing in, and recovery codes

Revision ID: 1c5d8e72ab94
Revises: e91a4c7d5f30
Create Date: 2026-11-27 23:45:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "1c5d8e72ab94"
down_revision = "e91a4c7d5f30"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("totp_secret", sa.String(length=64), nullable=True))
    op.add_column("user", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_recovery_code")),
    )


def downgrade() -> None:
    op.drop_table("recovery_code")
    with op.batch_alter_table("user", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("totp_step")
        batch_op.drop_column("totp_secret")
