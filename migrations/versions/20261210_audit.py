"""the audit log, to which entries are only added

Revision ID: e91a4c7d5f30
Revises: b83e5f10c2d9
Create Date: 2026-11-27 23:30:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "e91a4c7d5f30"
down_revision = "b83e5f10c2d9"
branch_labels = None
depends_on = None

_KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
# Entries may be removed that are older than what audit_retention says: see flask cms audit forget.
_SQLITE = (
    "CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit log is kept'); END",
    "CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit log is kept') "
    "WHERE NOT EXISTS (SELECT 1 FROM audit_retention WHERE OLD.at < keep_after); END",
)
_POSTGRESQL = (
    """CREATE FUNCTION keep_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM audit_retention WHERE OLD.at < keep_after) THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'the audit log is kept';
        END $$""",
    "CREATE TRIGGER audit_entry_kept BEFORE UPDATE OR DELETE ON audit_entry "
    "FOR EACH ROW EXECUTE FUNCTION keep_audit_entry()",
    "CREATE TRIGGER audit_entry_all_kept BEFORE TRUNCATE ON audit_entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_entry()",
)


def upgrade() -> None:
    op.create_table(
        "audit_retention",
        sa.Column("keep_after", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("keep_after", name=op.f("pk_audit_retention")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", _KEY, nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("deed", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("title_key", _KEY, nullable=False),
        sa.Column("changes", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_autoincrement=True,
    )
    for column in ("at", "person", "title_key"):
        op.create_index(op.f(f"ix_audit_entry_{column}"), "audit_entry", [column])
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_entry")
    op.drop_table("audit_retention")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_audit_entry()")
