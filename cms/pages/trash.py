"""What editors delete goes into the trash, and can be restored from there, with its ids, counts and files.

Functions here flush and never commit. What is in the trash is not published, or not active, so nothing that is public
knows of it. Whatever shows rows to editors leaves it out with :func:`is_kept`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, select, union_all
from sqlalchemy.orm import Session

from cms.database import TITLE_LENGTH, now
from cms.media.models import MediaFile, Upload
from cms.messages import N_, InvalidInput
from cms.pages import room
from cms.pages.models import ContentItem, Page
from cms.pages.pages import slug_for

#: The kind of media files.
FILE = "media_file"
#: How many rows are deleted for good in one transaction.
BATCH = 50


@dataclass(frozen=True)
class Trashed:
    """A page, an item or a media file in the trash. ``kind`` is ``page``, ``media_file`` or the item's kind."""

    kind: str
    row: Page | ContentItem | MediaFile


def is_kept(model: type[Page] | type[ContentItem]) -> ColumnElement[bool]:
    """The condition for rows that are not in the trash; nor is the page of an item."""
    if issubclass(model, ContentItem):
        return and_(ContentItem.deleted_at.is_(None), ContentItem.page.has(Page.deleted_at.is_(None)))
    return Page.deleted_at.is_(None)


def is_in_trash(row: Page | ContentItem) -> bool:
    """Whether a row is in the trash, or the page of an item."""
    return row.deleted_at is not None or (isinstance(row, ContentItem) and row.page.deleted_at is not None)


def is_still_seen(row: Page | ContentItem) -> bool:
    """Whether visitors still see an item, because it was not published that it was deleted."""
    return isinstance(row, ContentItem) and row.page.live_revision_id is not None


def discard(session: Session, row: Page | ContentItem, editor: str) -> bool:
    """Put a page or an item into the trash; ``False`` if it is there already, or was deleted for good."""
    found = _locked(session, row)
    if found is None or found.deleted_at is not None:
        return False
    if isinstance(found, Page):
        found.was_published, found.is_published = found.is_published, False
    else:
        found.was_active, found.is_active = found.is_active, False
    found.deleted_at, found.deleted_by = now(), editor
    found.version += 1
    session.flush()
    return True


def restore(session: Session, row: Page | ContentItem) -> Page | ContentItem:
    """Take a page or an item out of the trash. If others have a page's title or slug now, it gets a number.

    Raises:
        InvalidInput: it is not in the trash any more, or the item's page is in it, or has no room.
    """
    found = _locked(session, row)
    if found is None or found.deleted_at is None:
        raise InvalidInput(N_("“%(title)s” is not in the trash any more."), title=row.title)
    if isinstance(found, Page):
        found.title = free_title(session, found.title)
        if _is_taken(session, Page.slug == found.slug):
            found.slug = slug_for(session, found.title)
        found.is_published, found.was_published = found.was_published, False
        _pass_over(found)
    elif found.page.deleted_at is not None:
        raise InvalidInput(
            N_("“%(title)s” was on the page “%(page)s”, which is in the trash, too. Restore the page first."),
            title=found.title,
            page=found.page.title,
        )
    else:
        room.check(session, found.page_id)
        found.is_active, found.was_active = found.was_active, False
    found.deleted_at = found.deleted_by = None
    found.version += 1
    session.flush()
    return found


def _pass_over(page: Page) -> None:
    """Leave out what was due while a page lay in the trash: it is not published late, nor shown after its end."""
    if page.unpublish_at and page.unpublish_at <= now():
        page.is_published, page.unpublish_at = False, None
    if page.publish_at and page.publish_at <= now():
        page.publish_at = None


def delete(session: Session, row: Page | ContentItem) -> None:
    """Delete a page or an item for good. Its files are removed when nothing else refers to them."""
    column = ContentItem.page_id if isinstance(row, Page) else ContentItem.id
    lock(session, select(ContentItem.id).where(column == row.id))
    session.delete(row)
    session.flush()


def lock(session: Session, items: Select[tuple[int]]) -> None:
    """Lock these items with their uploads, in the order in which others lock them, to avoid deadlocks.

    That is uploads before attachments, as workers do, and items in id order, as flushes of views do.
    """
    uploads = select(Upload.id).where(Upload.item_id.in_(items)).order_by(Upload.id)
    session.execute(uploads.with_for_update()).all()
    lock_items(session, items)


def lock_items(session: Session, items: Select[tuple[int]]) -> None:
    """Lock these items, in id order."""
    session.execute(items.order_by(ContentItem.id).with_for_update()).all()


def contents(session: Session, offset: int, limit: int) -> Sequence[Trashed]:
    """What is in the trash, the latest first, without the items of pages that are in it."""
    pages = select(literal("page").label("kind"), Page.id, Page.deleted_at).where(Page.deleted_at.is_not(None))
    items = select(ContentItem.content_type, ContentItem.id, ContentItem.deleted_at).where(
        ContentItem.deleted_at.is_not(None), ContentItem.page.has(Page.deleted_at.is_(None))
    )
    files = select(literal(FILE), MediaFile.id, MediaFile.deleted_at).where(MediaFile.deleted_at.is_not(None))
    found = union_all(pages, items, files).subquery().c
    latest = select(found.kind, found.id).order_by(found.deleted_at.desc(), found.id.desc())
    rows = session.execute(latest.offset(offset).limit(limit)).all()
    return [Trashed(kind, row) for kind, id_ in rows if (row := named(session, kind, id_))]


def named(session: Session, kind: str, id_: int) -> Page | ContentItem | MediaFile | None:
    """The row with that id, if it is in the trash."""
    model: type[Any] = {"page": Page, FILE: MediaFile}.get(kind, ContentItem)
    row: Page | ContentItem | MediaFile | None = session.get(model, id_)
    return row if row is not None and row.deleted_at is not None else None


def expired(session: Session, kept_for: timedelta) -> Sequence[Page | ContentItem]:
    """Some of the rows that have been in the trash for longer than that. Pages come after all items.

    Items that visitors still see, because it was not published that they were deleted, stay.
    """
    before = now() - kept_for
    is_seen = ContentItem.page.has(Page.live_revision_id.is_not(None))
    items = select(ContentItem).where(ContentItem.deleted_at < before, ~is_seen).order_by(ContentItem.id)
    pages = select(Page).where(Page.deleted_at < before).order_by(Page.id)
    return session.scalars(items.limit(BATCH)).all() or session.scalars(pages.limit(BATCH)).all()


def _locked(session: Session, row: Page | ContentItem) -> Page | ContentItem | None:
    model: type[Any] = Page if isinstance(row, Page) else ContentItem
    lock = {"key_share": True}  # other transactions may still refer to the row
    found: Page | ContentItem | None = session.get(model, row.id, populate_existing=True, with_for_update=lock)
    return found


def _is_taken(session: Session, condition: ColumnElement[bool]) -> bool:
    return session.scalar(select(Page.id).where(condition, Page.deleted_at.is_(None))) is not None


def free_title(session: Session, title: str) -> str:
    """A title that no page has: this one, or with a number."""
    return next(name for name in _numbered(title) if not _is_taken(session, Page.title == name))


def _numbered(title: str) -> Iterator[str]:
    yield title
    for number in count(2):
        end = f" ({number})"
        yield title[: TITLE_LENGTH - len(end)] + end
