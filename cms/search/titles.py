"""Conditions for pages and items whose titles have all words of a text, each anywhere, also within other words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from cms.database import key_starts_with, search_key
from cms.pages.models import ContentItem, Page
from cms.search.finding import NAMED, TRIGRAM, contains, matching


def has_words(session: Session, model: type[Page | ContentItem], text: str) -> ColumnElement[bool]:
    """The condition for rows whose titles have all words of ``text``. Words of one or two letters begin a title.

    As for media files, of few matches the ids are named, and of many the list is read in its own order until it has
    enough: neither way alone would be quick. Without an index of trigrams (PostgreSQL without pg_trgm) all titles are
    read.
    """
    key = search_key(text)
    words = key.split()
    long = [word for word in words if len(word) >= TRIGRAM]
    table: Any = Page if model is Page else ContentItem
    has_all = [contains(table.title_key, word) for word in words]
    other = aliased(table)  # the titles alone, without the tables of kinds
    if not long:
        hits = select(other.id).where(key_starts_with(other.title_key, key))
        has_all = [table.title_key.concat("").startswith(key, autoescape=True)]  # which uses no index
    elif session.get_bind().dialect.name == "sqlite":
        hits = matching(table.__tablename__, long)
    else:
        hits = select(other.id).where(*(contains(other.title_key, word) for word in words))
    ids = session.scalars(hits.limit(NAMED + 1)).all()
    return and_(table.id.in_(ids), *has_all) if len(ids) <= NAMED else and_(*has_all)
