"""published blocks

Revision ID: 8c1f0d2e7a55
Revises: 462a5718dcff
Create Date: 2026-11-24 05:02:11.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "8c1f0d2e7a55"
down_revision = "462a5718dcff"
branch_labels = None
depends_on = None

# name: event, row, condition, change. A later batch migration of "page" on SQLite rebuilds that table, and has to make
# them again: the tests of the listing tell.
_TRIGGERS = {
    "page_made": ("INSERT", "NEW", "NEW.is_published", 1),
    "page_deleted": ("DELETE", "OLD", "OLD.is_published", -1),
    "page_published": ("UPDATE OF is_published", "NEW", "NEW.is_published AND NOT OLD.is_published", 1),
    "page_withdrawn": ("UPDATE OF is_published", "NEW", "OLD.is_published AND NOT NEW.is_published", -1),
}
_MORE = (
    "INSERT INTO published_block (block, pages) VALUES ({row}.id / 1000, 1)"
    " ON CONFLICT (block) DO UPDATE SET pages = published_block.pages + 1;"
)
_LESS = "UPDATE published_block SET pages = pages - 1 WHERE block = {row}.id / 1000;"


def upgrade() -> None:
    op.create_table(
        "published_block",
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("block", name=op.f("pk_published_block")),
    )
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_index("ix_page_published")
        batch_op.create_index("ix_page_published", ["is_published", "id"], unique=False)
    op.execute(
        "INSERT INTO published_block (block, pages)"
        " SELECT id / 1000, count(*) FROM page WHERE is_published GROUP BY id / 1000"
    )
    for name, (event, row, condition, change) in _TRIGGERS.items():
        statement = (_MORE if change > 0 else _LESS).format(row=row)
        action = f"BEGIN {statement} END"
        if op.get_context().dialect.name == "postgresql":
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {statement} RETURN NULL; END$$"
            )
            action = f"EXECUTE FUNCTION {name}()"
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON page FOR EACH ROW WHEN ({condition}) {action}")


def downgrade() -> None:
    for name in _TRIGGERS:
        if op.get_context().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {name} ON page")
            op.execute(f"DROP FUNCTION {name}()")
        else:
            op.execute(f"DROP TRIGGER {name}")
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_index("ix_page_published")
        batch_op.create_index("ix_page_published", ["is_published", "created_at", "id"], unique=False)
    op.drop_table("published_block")
