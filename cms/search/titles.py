"""Conditions for pages and items whose titles have all words of a text, each anywhere, also within other words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from cms.database import search_key
from cms.pages.models import ContentItem, Page
from cms.search.finding import NAMED, TRIGRAM, contains, matching


def has_words(session: Session, model: type[Page | ContentItem], text: str) -> ColumnElement[bool]:
    """The condition for rows whose titles have all words of ``text``. Words of one or two letters begin a title.

    As for media files, of few matches the ids are named, and of many the list is read in its own order until it has
    enough: neither way alone would be quick. Without an index of trigrams (PostgreSQL without pg_trgm) all titles are
    read.
    """
    words = search_key(text).split()
    long = [word for word in words if len(word) >= TRIGRAM]
    if not long:
        return model.title_starts_with(text)
    table: Any = Page if model is Page else ContentItem
    other = aliased(table)  # the titles alone, without the tables of kinds
    hits = select(other.id).where(*(contains(other.title_key, word) for word in words))
    if session.get_bind().dialect.name == "sqlite":
        hits = hits.where(other.id.in_(matching(table.__tablename__, long)))
    ids = session.scalars(hits.limit(NAMED + 1)).all()
    if len(ids) <= NAMED:
        found: ColumnElement[bool] = table.id.in_(ids)
        return found
    return and_(*(contains(table.title_key, word) for word in words))
