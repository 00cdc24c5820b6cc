"""Copies of pages, which are drafts, and of items. They show the same files. Functions flush and never commit."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cms.pages import room, snapshots
from cms.pages.models import ContentItem, Page, kind_named
from cms.pages.pages import order_after, slug_for
from cms.pages.snapshots import ItemSnapshot
from cms.pages.trash import free_title


def copy(session: Session, page: Page) -> Page:
    """Make a copy of a page with all its items. Counts begin anew; a file on its way is left out."""
    snapshot = snapshots.take(session, page)
    title = free_title(session, page.title)
    kept = {name: snapshot[name] for name in ("text", "language", "tags", "sharing_picture")}
    made = Page(title=title, slug=slug_for(session, title), **kept)
    session.add(made)
    session.flush()
    for item in snapshot["items"]:
        _add(session, made, item)
    session.flush()
    return made


def copy_item(session: Session, item: ContentItem) -> ContentItem:
    """Make a copy of an item, which comes after it. A file on its way is left out.

    Raises:
        InvalidInput: the page has no room for it.
    """
    room.check(session, item.page_id)
    order = order_after(session, item)
    return _add(session, item.page, {**snapshots.take_item(session, item), "order": order})


def _add(session: Session, page: Page, snapshot: ItemSnapshot) -> ContentItem:
    item = kind_named(snapshot["kind"])(page_id=page.id)
    session.add(item)
    # An upload belongs to one item alone, and what it was read from is kept there.
    files = [{**file, "upload": None, "encoding": None} for file in snapshot["files"] if file["media_file"]]
    with session.no_autoflush:
        snapshots.fill(session, item, {**snapshot, "files": files})  # type: ignore[typeddict-item]
    session.flush()
    return item
