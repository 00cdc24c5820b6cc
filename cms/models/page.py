"""A page: what a visitor opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cms.models.base import TITLE_LENGTH, Base, InLanguage, Timestamped, Titled, Versioned

if TYPE_CHECKING:
    from cms.models.content import ContentItem


class Page(Titled, InLanguage, Versioned, Timestamped, Base):
    """A title, a slug, a text in Markdown, and ordered content items; draft until published."""

    __tablename__ = "page"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), unique=True)
    slug: Mapped[str] = mapped_column(String(TITLE_LENGTH), unique=True)
    text: Mapped[str] = mapped_column(Text, default="", server_default="")
    is_published: Mapped[bool] = mapped_column(default=False, server_default=false())

    items: Mapped[list[ContentItem]] = relationship(
        back_populates="page",
        order_by="(ContentItem.order, ContentItem.id)",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    __table_args__ = (
        # The public list: newest first, a page of it read from the index alone.
        Index("ix_page_published", "is_published", "id"),
        # No id is ever given twice: counters and cached documents are kept by id.
        {"sqlite_autoincrement": True},
    )

    def __str__(self) -> str:
        return self.title


#: How many ids a block has.
BLOCK = 1000


class PublishedBlock(Base):
    """How many of the pages with ids from ``block * 1000`` on are published. Triggers on the pages' table keep it."""

    __tablename__ = "published_block"

    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pages: Mapped[int]
