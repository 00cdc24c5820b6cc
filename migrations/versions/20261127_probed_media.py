"""probed media

Revision ID: 5b7d9e3c2a41
Revises: 5b0c7e91d3a4
Create Date: 2026-11-26 17:45:00.000000
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # noqa: F401  JSON with a JSONB variant is written with it

revision = "5b7d9e3c2a41"
down_revision = "5b0c7e91d3a4"
branch_labels = None
depends_on = None

COLUMNS = {
    "container": sa.String(length=20),
    "video_codec": sa.String(length=40),
    "audio_codec": sa.String(length=40),
    "duration": sa.Float(),
    "width": sa.Integer(),
    "height": sa.Integer(),
    "playable": sa.Boolean(),
    "unplayable": sa.JSON(),
    "warnings": sa.JSON(),
    "probe_version": sa.Integer(),
}


def upgrade() -> None:
    with op.batch_alter_table("media_file", schema=None) as batch_op:
        for name, type_ in COLUMNS.items():
            batch_op.add_column(sa.Column(name, type_, nullable=True))
        batch_op.create_index(batch_op.f("ix_media_file_probe_version"), ["probe_version"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("media_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_file_probe_version"))
        for name in reversed(COLUMNS):
            batch_op.drop_column(name)
