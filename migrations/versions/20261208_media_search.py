"""words to find media files by

Revision ID: e19b5a6c3d84
Revises: c4d7e20a91f3
Create Date: 2026-11-27 23:10:00.000000
"""

import re
import unicodedata
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "e19b5a6c3d84"
down_revision = "c4d7e20a91f3"
branch_labels = None
depends_on = None

BATCH = 1000

_TRIGGERS = {
    "insert": "INSERT INTO media_trigrams (rowid, words) VALUES (new.media_file_id, new.words);",
    "delete": "INSERT INTO media_trigrams (media_trigrams, rowid, words)"
    " VALUES ('delete', old.media_file_id, old.words);",
}
_TRIGGERS["update"] = _TRIGGERS["delete"] + _TRIGGERS["insert"]


def upgrade() -> None:
    op.create_table(
        "media_search",
        sa.Column("media_file_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["media_file.id"],
            name=op.f("fk_media_search_media_file_id_media_file"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("media_file_id", name=op.f("pk_media_search")),
    )
    _fill(op.get_bind())
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE media_trigrams USING fts5(words, content='media_search',"
            " content_rowid='media_file_id', tokenize='trigram case_sensitive 1')"
        )
        op.execute("INSERT INTO media_trigrams (media_trigrams) VALUES ('rebuild')")
        for event, statements in _TRIGGERS.items():
            op.execute(
                f"CREATE TRIGGER media_search_{event} AFTER {event.upper()} ON media_search BEGIN {statements} END"
            )
    elif _has_trigrams(op.get_bind()):
        op.execute("CREATE INDEX ix_media_search_trigrams ON media_search USING gin (words gin_trgm_ops)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE media_trigrams")
    op.drop_table("media_search")  # with its triggers and its index


def _has_trigrams(connection: sa.Connection) -> bool:
    """Whether the extension can be used. Some sites' roles may not install it: then all rows are read."""
    if connection.scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")):
        return True
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION pg_trgm"))
    except sa.exc.DBAPIError:
        print("pg_trgm cannot be installed; the library is searched without an index: see docs/operations.md.")
        return False
    return True


def _fill(connection: sa.Connection) -> None:
    """As `cms.search.indexing` makes them."""
    tables = sa.MetaData()
    tables.reflect(connection, only=["media_file", "upload", "attachment", "content_item", "page", "media_search"])
    media_file, upload, attachment, item, page, search = (
        tables.tables[name]
        for name in ("media_file", "upload", "attachment", "content_item", "page", "media_search")
    )
    is_kept = item.c.deleted_at.is_(None) & page.c.deleted_at.is_(None)
    last = 0
    while True:
        some = sa.select(media_file.c.id, media_file.c.path).where(media_file.c.id > last)
        rows = connection.execute(some.order_by(media_file.c.id).limit(BATCH)).all()
        if not rows:
            return
        ids = [row.id for row in rows]
        words = defaultdict(dict)
        for row in rows:
            words[row.id][_fold(re.sub(r"-([0-9a-f]{64}|[0-9a-f]{12})(?=\.[^.]+$)", "", row.path.rsplit("/", 1)[-1]))] = 1
        names = sa.select(upload.c.media_file_id, upload.c.filename).where(upload.c.media_file_id.in_(ids)).distinct()
        shown = sa.select(attachment.c.media_file_id, item.c.title, page.c.title).where(
            attachment.c.media_file_id.in_(ids),
            item.c.id == attachment.c.item_id,
            page.c.id == item.c.page_id,
            is_kept,
        )
        for statement, most in ((names, 200), (shown, 700)):
            for id_, *texts in connection.execute(statement):
                if len(words[id_]) < most:
                    words[id_] |= dict.fromkeys(map(_fold, texts))
        connection.execute(
            search.insert(), [{"media_file_id": id_, "words": "\n".join(words[id_])} for id_ in ids]
        )
        last = ids[-1]


def _fold(text: str) -> str:
    """Text without case, and without the accents of Latin, Greek and Cyrillic letters."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFKC", re.sub("[\u0300-\u036f]+", "", text))
