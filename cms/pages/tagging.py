"""Tags of pages. A page has their names; an index of them is what lists of a tag are read from.

Every session keeps the index current at its commit, in the same transaction, so that code that changes tags need not.
Tags do not wait to be published. Functions flush and never commit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ForeignKey, Index, delete, event, func, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cms.database import Base, search_key
from cms.media.tagging import OFFERED, MediaTag, Tag, as_known, check_number, check_room, forget_unused, ids_of, respell
from cms.pages import revisions
from cms.pages.models import Page
from cms.pages.revisions import Action

#: The key of a session's ``info`` with the pages that have other tags now.
_PAGES = "pages_with_other_tags"


class PageTag(Base):
    """That a page has a tag."""

    __tablename__ = "page_tag"

    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index("ix_page_tag_tag_id", "tag_id", "page_id"),)


def offered(session: Session) -> Sequence[str]:
    """The names of tags, those that most pages have first, then those that only files have."""
    columns = PageTag.tag_id, MediaTag.tag_id
    used = [select(func.count()).where(column == Tag.id).scalar_subquery().desc() for column in columns]
    return session.scalars(select(Tag.name).order_by(*used, Tag.key).limit(OFFERED)).all()


def found(session: Session, name: str) -> Tag | None:
    """The tag with that name, in whatever case it is written; ``None`` if no published page has it."""
    has_page = select(PageTag.page_id).join(Page, Page.id == PageTag.page_id).where(PageTag.tag_id == Tag.id)
    is_seen = has_page.where(Page.is_published).exists()
    return session.scalar(select(Tag).where(Tag.key == search_key(name), is_seen))


def require_room(session: Session, page_ids: Collection[int], names: Collection[str]) -> None:
    """Refuse tags if one of these pages would have too many with them.

    Raises:
        InvalidInput: one would.
    """
    check_room(session, PageTag.page_id, PageTag.tag_id, page_ids, names)


def add_to(session: Session, page: Page, names: Sequence[str], editor: str) -> bool:
    """Give a page these tags, too; ``False`` if it has them already.

    Raises:
        InvalidInput: it would have too many.
    """
    return _change(session, page, editor, lambda has: [*has, *names])


def remove_from(session: Session, page: Page, names: Sequence[str], editor: str) -> bool:
    """Take these tags from a page; ``False`` if it has none of them."""
    keys = set(map(search_key, names))
    return _change(session, page, editor, lambda has: [name for name in has if search_key(name) not in keys])


def _change(session: Session, page: Page, editor: str, change: Callable[[list[str]], list[str]]) -> bool:
    session.refresh(page, with_for_update={"key_share": True})
    tags = as_known(session, change(page.tags))
    if tags == page.tags:
        return False
    check_number(len(tags))
    revisions.keep_before(session, page)
    page.tags, page.version = tags, page.version + 1
    revisions.keep(session, page, editor, Action.EDITED, page.title)
    return True


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Page):
            attributes: Any = inspect(row)
            has_others = row in session.deleted or attributes.attrs.tags.history.has_changes()
            if has_others and (row.tags or row in session.dirty):
                session.info.setdefault(_PAGES, {})[row.id] = row


@event.listens_for(Session, "before_commit")
def _renew(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    pages = session.info.pop(_PAGES, {})
    if not pages:
        return
    session.execute(delete(PageTag).where(PageTag.page_id.in_(pages)))
    tags = {id_: page.tags for id_, page in pages.items() if inspect(page).persistent}
    ids = ids_of(session, chain.from_iterable(tags.values()))
    session.add_all(PageTag(page_id=id_, tag_id=ids[search_key(name)]) for id_, names in tags.items() for name in names)
    session.flush()
    respell(session, chain.from_iterable(tags.values()))
    forget_unused(session)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_PAGES, None)
