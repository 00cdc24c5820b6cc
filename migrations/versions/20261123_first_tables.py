"""first tables

Revision ID: d31e7b99f49d
Revises:
Create Date: 2026-11-23 21:17:11.907745
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # noqa: F401  JSON with a JSONB variant is written with it

revision = "d31e7b99f49d"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mime_type", sa.String(length=100), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_file")),
        sa.UniqueConstraint("digest", name=op.f("uq_media_file_digest")),
        sa.UniqueConstraint("path", name=op.f("uq_media_file_path")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("slug", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("is_published", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("title_key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint("slug", name=op.f("uq_page_slug")),
        sa.UniqueConstraint("title", name=op.f("uq_page_title")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.create_index("ix_page_published", ["is_published", "created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_title_key"), ["title_key"], unique=False)

    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "view_batch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_batch")),
    )
    with op.batch_alter_table("view_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_view_batch_applied_at"), ["applied_at"], unique=False)

    op.create_table(
        "content_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.String(length=50), nullable=False),
        sa.Column("order", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("counter", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("title_key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["page_id"], ["page.id"], name=op.f("fk_content_item_page_id_page"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_item")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("content_item", schema=None) as batch_op:
        batch_op.create_index("ix_content_item_page", ["page_id", "order", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_content_item_title_key"), ["title_key"], unique=False)

    op.create_table(
        "audio",
        sa.Column("audio_url", sa.String(length=2000), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["content_item.id"], name=op.f("fk_audio_id_content_item"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audio")),
    )
    op.create_table(
        "text",
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["content_item.id"], name=op.f("fk_text_id_content_item"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text")),
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("slot", sa.String(length=50), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("staged_name", sa.String(length=100), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("reason_values", sa.JSON(), nullable=True),
        sa.Column("can_retry", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("next_send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("media_file_id", sa.Integer(), nullable=True),
        sa.Column("was_folded", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["content_item.id"], name=op.f("fk_upload_item_id_content_item"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"], ["media_file.id"], name=op.f("fk_upload_media_file_id_media_file"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_media_file_id"), ["media_file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_staged_name"), ["staged_name"], unique=False)
        batch_op.create_index("ix_upload_status", ["status", "id"], unique=False)

    op.create_table(
        "video",
        sa.Column("video_url", sa.String(length=2000), nullable=True),
        sa.Column("subtitles_url", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["content_item.id"], name=op.f("fk_video_id_content_item"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video")),
    )
    op.create_table(
        "attachment",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=50), nullable=False),
        sa.Column("media_file_id", sa.Integer(), nullable=True),
        sa.Column("upload_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["content_item.id"], name=op.f("fk_attachment_item_id_content_item"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["media_file.id"],
            name=op.f("fk_attachment_media_file_id_media_file"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_attachment_upload_id_upload"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("item_id", "slot", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_media_file_id"), ["media_file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_upload_id"), ["upload_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_upload_id"))
        batch_op.drop_index(batch_op.f("ix_attachment_media_file_id"))

    op.drop_table("attachment")
    op.drop_table("video")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index("ix_upload_status")
        batch_op.drop_index(batch_op.f("ix_upload_staged_name"))
        batch_op.drop_index(batch_op.f("ix_upload_media_file_id"))
        batch_op.drop_index(batch_op.f("ix_upload_item_id"))

    op.drop_table("upload")
    op.drop_table("text")
    op.drop_table("audio")
    with op.batch_alter_table("content_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_content_item_title_key"))
        batch_op.drop_index("ix_content_item_page")

    op.drop_table("content_item")
    with op.batch_alter_table("view_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_view_batch_applied_at"))

    op.drop_table("view_batch")
    op.drop_table("user")
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_page_title_key"))
        batch_op.drop_index("ix_page_published")

    op.drop_table("page")
    op.drop_table("media_file")
