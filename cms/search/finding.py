"""Conditions for media files that have all words of a text, each anywhere, also within other words."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, column, literal_column, or_, select, table, true
from sqlalchemy.orm import Session

from cms.database import key_starts_with
from cms.media.models import MediaFile
from cms.search.folding import words
from cms.search.models import MediaSearch, trigrams_of

#: Up to so many files the list is made of what was found. Of more it is read in its own order, looking at each file.
FEW = 20_000
#: Up to so many are named in the statement, so that they are looked for once.
NAMED = 1_000
#: A shorter word has no trigram: then the files that the other words find are looked at, or all.
TRIGRAM = 3

_DIGEST = re.compile("[0-9a-f]{8,64}")


def found_by(session: Session, text: str) -> ColumnElement[bool]:
    """The condition for media files with all words of ``text``, or with a digest that starts with it."""
    sought = words(text)
    if not sought:
        return true()
    found = _has_all(session, sought)
    if len(sought) == 1 and _DIGEST.fullmatch(sought[0]):
        found = or_(found, key_starts_with(MediaFile.digest, sought[0]))
    return found


def _has_all(session: Session, sought: list[str]) -> ColumnElement[bool]:
    """Words that many files have are found by reading the list, those that few have by the index.

    Either way alone would be slow: to sort all files of a large library, or to read it all for one file.
    """
    hits = select(MediaSearch.media_file_id).where(*(contains(MediaSearch.words, word) for word in sought))
    if long := [word for word in sought if len(word) >= TRIGRAM]:
        hits = hits.where(_indexed(session, long))
    ids = session.scalars(hits.limit(FEW + 1)).all()
    if len(ids) <= FEW:
        return MediaFile.id.in_(ids if len(ids) <= NAMED else hits)
    mine = select(MediaSearch.words).where(MediaSearch.media_file_id == MediaFile.id).correlate(MediaFile)
    return and_(*(contains(mine.scalar_subquery(), word) for word in sought))


def contains(column: Any, word: str) -> ColumnElement[bool]:
    """The condition for texts that have a word, or a part of one, anywhere."""
    found: ColumnElement[bool] = column.contains(word, autoescape=True)
    return found


def _indexed(session: Session, long: list[str]) -> ColumnElement[bool]:
    """What an index answers. PostgreSQL needs no more than the condition itself."""
    if session.get_bind().dialect.name != "sqlite":
        return true()
    found: ColumnElement[bool] = MediaSearch.media_file_id.in_(matching(MediaSearch.__tablename__, long))
    return found


def matching(indexed: str, long: list[str]) -> Select[Any]:
    """The ids of a table's rows that have these words, none of them shorter than a trigram, in SQLite's index."""
    name = trigrams_of(indexed)
    trigrams = table(name, column("rowid"))
    query = " AND ".join('"{}"'.format(word.replace('"', '""')) for word in long)
    return select(trigrams.c.rowid).where(literal_column(name).op("MATCH")(query))
