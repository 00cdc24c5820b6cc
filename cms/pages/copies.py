"""Copies of pages: drafts with items of their own, which show the same files. Functions flush and never commit."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cms.pages import snapshots
from cms.pages.models import Page, kind_named
from cms.pages.pages import slug_for
from cms.pages.snapshots import ItemSnapshot
from cms.pages.trash import free_title


def copy(session: Session, page: Page) -> Page:
    """Make a copy of a page with all its items. Counts begin anew; a file on its way is left out."""
    snapshot = snapshots.take(session, page)
    title = free_title(session, page.title)
    made = Page(title=title, slug=slug_for(session, title), text=snapshot["text"], language=snapshot["language"])
    session.add(made)
    session.flush()
    for item in snapshot["items"]:
        _add(session, made, item)
    session.flush()
    return made


def _add(session: Session, page: Page, snapshot: ItemSnapshot) -> None:
    item = kind_named(snapshot["kind"])(page_id=page.id)
    session.add(item)
    # An upload belongs to one item alone, and what it was read from is kept there.
    files = [{**file, "upload": None, "encoding": None} for file in snapshot["files"] if file["media_file"]]
    with session.no_autoflush:
        snapshots.fill(session, item, {**snapshot, "files": files})  # type: ignore[typeddict-item]
    session.flush()
