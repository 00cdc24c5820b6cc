"""The index of all parts of words with three letters: a table of SQLite's, or an index of PostgreSQL's."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cms.search.models import TRIGRAM_INDEX


def rebuild(session: Session) -> bool:
    """Make the index anew; ``False`` if PostgreSQL lacks the extension for it, and the role may not install it."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO media_trigrams (media_trigrams) VALUES ('rebuild')"))
        return True
    if not session.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")):
        try:
            with session.begin_nested():
                session.execute(text("CREATE EXTENSION pg_trgm"))
        except DBAPIError:
            return False
    session.execute(text(f"CREATE INDEX IF NOT EXISTS {TRIGRAM_INDEX} ON media_search USING gin (words gin_trgm_ops)"))
    return True
