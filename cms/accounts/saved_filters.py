"""Filters of the admin's lists that people have given names: each is the query of a list's address.

Functions here flush and never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, and_, func, literal, or_, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from cms.accounts.models import User
from cms.cleaning import clean_line
from cms.database import Base, UtcDateTime, now
from cms.messages import N_, InvalidInput

NAME_LENGTH, QUERY_LENGTH = 60, 2000
#: How many one may have for each list.
MOST = 30


class SavedFilter(Base):
    """A named filter of one of the lists, which the list's endpoint names. Others see it if it is shared."""

    __tablename__ = "saved_filter"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    list_name: Mapped[str] = mapped_column(String(50))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    query: Mapped[str] = mapped_column(String(QUERY_LENGTH))
    is_shared: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    user: Mapped[User] = relationship()

    __table_args__ = (
        Index("uq_saved_filter_name", "list_name", "user_id", "name", unique=True),
        {"sqlite_autoincrement": True},
    )


def of(session: Session, user_id: int, list_name: str) -> Sequence[SavedFilter]:
    """Those that somebody sees over a list, by name: the own ones first, then those that others share.

    What was shared from an account that is closed is seen no more.
    """
    seen = or_(SavedFilter.user_id == user_id, and_(SavedFilter.is_shared, SavedFilter.user.has(User.is_active)))
    found = select(SavedFilter).where(SavedFilter.list_name == list_name, seen).options(joinedload(SavedFilter.user))
    return session.scalars(found.order_by(SavedFilter.user_id != user_id, SavedFilter.name, SavedFilter.id)).all()


def own(session: Session, user_id: int, number: int, *, with_shared: bool = False) -> SavedFilter:
    """Somebody's own filter with that id, or one that is shared.

    Raises:
        InvalidInput: there is none.
    """
    mine = or_(SavedFilter.user_id == user_id, and_(SavedFilter.is_shared, literal(with_shared)))
    if (found := session.scalar(select(SavedFilter).where(SavedFilter.id == number, mine))) is None:
        raise InvalidInput(N_("This filter no longer exists."))
    return found


def save(session: Session, user_id: int, list_name: str, name: str, query: str, *, is_shared: bool) -> SavedFilter:
    """Keep a query under a name. If somebody has the name for that list already, it gets the new query.

    It stays shared if it was.

    Raises:
        InvalidInput: there is no name or nothing to keep, one of them is too long, or there are too many.
    """
    name = _name(name)
    if not query:
        raise InvalidInput(N_("There is nothing to save: the list has no filter, search or order."))
    if len(query) > QUERY_LENGTH:
        raise InvalidInput(N_("These filters are too long to be saved."))
    mine = (SavedFilter.user_id == user_id, SavedFilter.list_name == list_name)
    found = session.scalar(select(SavedFilter).where(*mine, SavedFilter.name == name).with_for_update())
    if found is None:
        if (session.scalar(select(func.count()).select_from(SavedFilter).where(*mine)) or 0) >= MOST:
            raise InvalidInput(N_("A list can have %(most)s of your filters. Delete one first."), most=MOST)
        session.add(found := SavedFilter(user_id=user_id, list_name=list_name, name=name, is_shared=False))
    found.query, found.is_shared = query, found.is_shared or is_shared
    session.flush()
    return found


def change(session: Session, found: SavedFilter, name: str, *, is_shared: bool) -> None:
    """Give a filter another name, share it, or share it no more.

    Raises:
        InvalidInput: the name is empty, too long, or taken.
    """
    name = _name(name)
    same = (SavedFilter.user_id == found.user_id, SavedFilter.list_name == found.list_name, SavedFilter.name == name)
    if session.scalar(select(SavedFilter.id).where(*same, SavedFilter.id != found.id)):
        raise InvalidInput(N_("You have a filter with this name already."))
    found.name, found.is_shared = name, is_shared
    session.flush()


def _name(text: str) -> str:
    name = clean_line(text)
    if not name:
        raise InvalidInput(N_("Write a name for the filter."))
    if len(name) > NAME_LENGTH:
        raise InvalidInput(N_("The name is too long: it may have %(most)s characters."), most=NAME_LENGTH)
    return name
