"""The table of words to find media files by."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.database import Base

#: SQLite's table of trigrams, which is no model: triggers on the table below keep it.
TRIGRAMS = "media_trigrams"
#: PostgreSQL's index of trigrams. A site whose role may not install pg_trgm has none.
TRIGRAM_INDEX = "ix_media_search_trigrams"


class MediaSearch(Base):
    """The folded words of one media file, a source a line. It goes with the file, whoever deletes that."""

    __tablename__ = "media_search"

    media_file_id: Mapped[int] = mapped_column(ForeignKey("media_file.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
