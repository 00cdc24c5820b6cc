"""The table of words to find media files by."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.database import Base

#: What has an index of trigrams: the columns, by table. SQLite has them in tables that are no models: triggers on these
#: tables keep them. PostgreSQL has indexes. A site whose role may not install pg_trgm has none.
INDEXED = {"media_search": "words", "page": "title_key", "content_item": "title_key"}


def trigrams_of(table: str) -> str:
    """The name of SQLite's table of the trigrams of a table."""
    return f"{table.removesuffix('_search')}_trigrams"


def index_of(table: str) -> str:
    """The name of PostgreSQL's index of the trigrams of a table."""
    return f"ix_{table}_trigrams"


class MediaSearch(Base):
    """The folded words of one media file, a source a line. It goes with the file, whoever deletes that."""

    __tablename__ = "media_search"

    media_file_id: Mapped[int] = mapped_column(ForeignKey("media_file.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
