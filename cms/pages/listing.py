"""The list of published pages, newest first. Every part of it costs the same, however long the list is.

Triggers on the page table count the published pages in each block of ids. Adding up a few of these numbers gives the
total, and the place where a part of the list starts; the rest is a short walk on an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cms.database import Base
from cms.pages import documents, tagging
from cms.pages.documents import PageDocument
from cms.pages.models import Page
from cms.pages.tagging import PageTag

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
    #: What all of its pages have, or none.
    tag: str | None = None

    @property
    def last(self) -> int:
        """The number of the last page of the list; 1 for an empty list."""
        return max(1, -(-self.count // self.size))


def page_listing(session: Session, number: int, size: int, tag: str = "") -> Listing | None:
    """One page of the list; ``None`` if the list has no page of that number. The first page always exists.

    With a tag it is the list of the pages that have it, which takes the longer, the more they are. There is none of a
    tag that no published page has.
    """
    if tag:
        return _with_tag(session, number, size, tag)
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
    return Listing(_documents(session, ids), count, number, size)


def _with_tag(session: Session, number: int, size: int, tag: str) -> Listing | None:
    found = tagging.found(session, tag)
    skipped = (number - 1) * size
    have_it = select(PageTag.page_id).join(Page, Page.id == PageTag.page_id)
    have_it = have_it.where(PageTag.tag_id == (found.id if found else None), Page.is_published)
    count = session.scalar(select(func.count()).select_from(have_it.subquery())) or 0
    if found is None or skipped >= count:
        return None
    ids = session.scalars(have_it.order_by(PageTag.page_id.desc()).limit(size).offset(skipped)).all()
    return Listing(_documents(session, ids), count, number, size, found.name)


def _documents(session: Session, ids: Sequence[int]) -> list[PageDocument]:
    found = {document["id"]: document for document in documents.read(session, documents.WITH_IDS, ids=ids)}
    return [found[id_] for id_ in ids if id_ in found]
