"""What tables share: constraint names, column types, and mixins such as titles, timestamps and leases."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    DateTime,
    Dialect,
    MetaData,
    Result,
    Select,
    String,
    TypeDecorator,
    and_,
    func,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, validates

#: Opens a transaction, commits it at the end of its block or rolls it back, and closes it. Long work takes this
#: instead of a session, so that no transaction stays open while files are read.
Transactions = Callable[[], AbstractContextManager[Session]]

TITLE_LENGTH = 255
URL_LENGTH = 2000
LANGUAGE_LENGTH = 35  # RFC 5646, section 4.4.1


class Base(DeclarativeBase):
    """The declarative base. Constraint names are spelled out: SQLite's batch migrations need them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware datetime in UTC. SQLite itself does not keep the time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Url(TypeDecorator[str]):
    """A link to another site. A type of its own, so that forms and schemas know what it holds."""

    impl = String(URL_LENGTH)
    cache_ok = True


class PlayedUrl(Url):
    """A link to what another site plays. Its form field insists on one, and says whether a player can be shown."""

    cache_ok = True


def now() -> datetime:
    """The current time, timezone-aware, in UTC."""
    return datetime.now(UTC)


def changed_rows(result: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE changed."""
    return cast("CursorResult[Any]", result).rowcount


def count_up_to(session: Session, most: int, rows: Select[Any]) -> int:
    """How many rows there are; ``most + 1`` if there are more. Only so many are read."""
    return session.scalar(select(func.count()).select_from(rows.limit(most + 1).subquery())) or 0


def search_key(text: str) -> str:
    """The key that titles are searched by: case-insensitive in any alphabet (Unicode compatibility caseless match)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


#: The column type of search keys: byte order on both databases, so that one index answers every prefix search.
SEARCH_KEY = String().with_variant(String(collation="C"), "postgresql")


def key_starts_with(key_column: Any, prefix: str) -> ColumnElement[bool]:
    """The condition for rows whose search key starts with that of ``prefix``. The index answers it."""
    key = search_key(prefix)
    return and_(key_column >= key, key_column < key + "\U0010ffff")


class Titled:
    """A title and its search key."""

    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    title_key: Mapped[str] = mapped_column(SEARCH_KEY, index=True)

    @validates("title")
    def _keep_title_key(self, _name: str, title: str) -> str:
        self.title_key = search_key(title)
        return title

    @classmethod
    def title_starts_with(cls, prefix: str) -> ColumnElement[bool]:
        """The condition for titles that start with ``prefix``. The index answers it."""
        return key_starts_with(cls.title_key, prefix)


class InLanguage:
    """The language of the content, as a BCP 47 tag. Null: an item has its page's language, a page the site's."""

    language: Mapped[str | None] = mapped_column(String(LANGUAGE_LENGTH))


class Versioned:
    """A number that each edit increments, so that a form opened before the last edit is detected."""

    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Timestamped:
    """When a row was created and last changed."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)


class Trashable:
    """When a row was put into the trash, and by whom; null for all others. See :mod:`cms.pages.trash`."""

    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    deleted_by: Mapped[str | None] = mapped_column(String(255))


class Leased(Timestamped):
    """Work that one worker at a time claims: see :mod:`cms.leases`. The row is also the outbox of its task.

    ``due_at``: when it may be claimed; null means at once. ``next_send_at``: when its task is sent again if it is
    still unclaimed. ``attempts``: how often it was claimed. ``lease_token`` and ``lease_until`` belong to the worker
    that claimed it.
    """

    #: The ``status`` of work that waits for a worker, and of work that a worker has claimed.
    WAITING: ClassVar[str] = "pending"
    RUNNING: ClassVar[str] = "processing"

    id: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default="pending")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_send_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
