"""The list of published pages, newest first. Every part of it costs the same, however long the list is.

Triggers on the page table count the published pages in each block of ids. Adding up a few of these numbers gives the
total, and the place where a part of the list starts; the rest is a short walk on an index.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cms.database import Base
from cms.pages import documents
from cms.pages.documents import PageDocument
from cms.pages.models import Page

#: How many ids are in a block.
BLOCK = 1000


class PublishedBlock(Base):
    """How many pages of a block (ids from ``block * 1000``) are published. Triggers on the page table maintain it."""

    __tablename__ = "published_block"

    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pages: Mapped[int]


@dataclass(frozen=True)
class Listing:
    """One page of the list of published pages."""

    documents: list[PageDocument]
    count: int
    number: int
    size: int

    @property
    def last(self) -> int:
        """The number of the last page of the list; 1 for an empty list."""
        return max(1, -(-self.count // self.size))


def page_listing(session: Session, number: int, size: int) -> Listing | None:
    """One page of the list; ``None`` if the list has no page of that number. The first page always exists."""
    blocks = session.execute(
        select(PublishedBlock.block, PublishedBlock.pages)
        .where(PublishedBlock.pages > 0)
        .order_by(PublishedBlock.block.desc())
    ).all()
    count = sum(pages for _, pages in blocks)
    skipped = (number - 1) * size
    if number > 1 and skipped >= count:
        return None
    end = 0
    for block, pages in blocks:
        end = (block + 1) * BLOCK
        if skipped < pages:
            break
        skipped -= pages
    # Ids are never reused, so the newer page has the higher id.
    ids = session.scalars(
        select(Page.id).where(Page.is_published, Page.id < end).order_by(Page.id.desc()).limit(size).offset(skipped)
    ).all()
    found = {document["id"]: document for document in documents.read(session, documents.WITH_IDS, ids=ids)}
    return Listing([found[id_] for id_ in ids if id_ in found], count, number, size)
