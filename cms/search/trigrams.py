"""The indexes of all parts of words with three letters: tables of SQLite's, or indexes of PostgreSQL's."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cms.search.models import INDEXED, index_of, trigrams_of

_REBUILD = "INSERT INTO {name} ({name}) VALUES ('rebuild')"


def rebuild(session: Session) -> bool:
    """Make the indexes anew; ``False`` if PostgreSQL lacks the extension for it, and the role may not install it."""
    if session.get_bind().dialect.name == "sqlite":
        for name in map(trigrams_of, INDEXED):
            session.execute(text(_REBUILD.format(name=name)))
        return True
    if not session.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")):
        try:
            with session.begin_nested():
                session.execute(text("CREATE EXTENSION pg_trgm"))
        except DBAPIError:
            return False
    for table, column in INDEXED.items():
        index = f"CREATE INDEX IF NOT EXISTS {index_of(table)} ON {table} USING gin ({column} gin_trgm_ops)"
        session.execute(text(index))
    return True
