"""Documents of single pages, ids and slugs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slugify import slugify
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.database import TITLE_LENGTH
from cms.pages import documents
from cms.pages.documents import ItemDocument, PageDocument
from cms.pages.models import ContentItem, Page, kind_named

#: First parts of the program's own addresses. No page may have them as its slug.
RESERVED_SLUGS = frozenset(
    (
        "admin",
        "api",
        "apidocs",
        "derived",
        "favicon.ico",
        "flasgger_static",
        "healthz",
        "language",
        "login",
        "logout",
        "media",
        "metrics",
        "oauth2-redirect.html",
        "plays",
        "readyz",
        "redoc",
        "review",
        "robots.txt",
        "sitemap.xml",
        "static",
        "swagger",
        "swagger.json",
        "swagger.yaml",
        "uploads",
    )
)

#: The families of files that the site has players for.
PLAYED_FAMILIES = frozenset(("audio", "video"))

#: The largest number in the databases' id columns.
MAX_ID = 2**31 - 1


def parse_id(text: str) -> int | None:
    """Parse an id from decimal digits; ``None`` if no row can have it."""
    # (Python refuses to parse numbers of some thousand digits.)
    return int(text) if re.fullmatch("[0-9]{1,10}", text) and int(text) <= MAX_ID else None


def page_document(session: Session, page_id: int) -> PageDocument | None:
    """The document of a published page by its id, or ``None``."""
    return _only(documents.read(session, documents.PUBLISHED_WITH_ID, id=page_id)) if page_id <= MAX_ID else None


def page_document_at(session: Session, slug: str) -> PageDocument | None:
    """The document of a published page by its slug, or ``None``."""
    return _only(documents.read(session, documents.PUBLISHED_WITH_SLUG, slug=slug))


def draft_document(session: Session, page_id: int) -> PageDocument | None:
    """The document of a page by its id, published or not, for editors."""
    return _only(documents.read(session, documents.WITH_ID, is_draft=True, id=page_id))


def is_published(session: Session, page_id: int) -> bool:
    """Whether there is a published page with that id."""
    known = page_id <= MAX_ID
    return known and session.scalar(select(Page.id).where(Page.id == page_id, Page.is_published)) is not None


def page_id(session: Session, slug: str) -> int | None:
    """The id of the published page with that slug, or ``None``."""
    return session.scalar(select(Page.id).where(Page.slug == slug, Page.is_published))


def is_shown(item: ItemDocument) -> bool:
    """Whether visitors see the item: every slot that is not optional has a file or an external link."""
    return all(
        slot.optional or item[slot.json_fields[0]] or item.get(slot.url_field)
        for slot in kind_named(item["content_type"]).slots
    )


def is_played(item: ItemDocument) -> bool:
    """Whether a file of the item may be in a player of the site."""
    return any(slot.accepts in PLAYED_FAMILIES for slot in kind_named(item["content_type"]).slots)


def is_pictured(item: ItemDocument) -> bool:
    """Whether files of the item are pictures."""
    return any(slot.accepts == "image" for slot in kind_named(item["content_type"]).slots)


def slug_for(session: Session, title: str) -> str:
    """A free slug made from a title in any alphabet."""
    stem = slugify(title, max_length=TITLE_LENGTH - 10, word_boundary=True) or "page"
    alike = select(Page.slug).where(Page.slug.startswith(stem, autoescape=True), Page.deleted_at.is_(None))
    taken = set(session.scalars(alike)) | RESERVED_SLUGS
    return next(slug for slug in _numbered(stem) if slug not in taken)


def next_order(session: Session, page_id: int) -> int:
    """The order that puts a new item at the end of its page; at most the largest possible order."""
    last = session.scalar(select(func.max(ContentItem.order)).where(ContentItem.page_id == page_id))
    return 1 if last is None else min(last + 1, MAX_ID)


def order_after(session: Session, before: ContentItem) -> int:
    """The order that puts a new item after another one of its page. The items that follow make room."""
    mine = select(ContentItem).where(ContentItem.page_id == before.page_id, ContentItem.deleted_at.is_(None))
    items = session.scalars(mine.order_by(ContentItem.id).with_for_update()).all()
    items = sorted(items, key=lambda item: (item.order, item.id))
    place = items.index(before) + 1 if before in items else len(items)
    for order, item in enumerate(items, start=1):
        wanted = order if order <= place else order + 1
        if item.order != wanted:
            item.order = wanted
            item.version += 1  # the order is a field of the item's form
    return place + 1


def _only(found: list[PageDocument]) -> PageDocument | None:
    return found[0] if found else None


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1
