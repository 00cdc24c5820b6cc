"""Tables of the counters: views and plays by day, added batches, and in-doubt counts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.database import Base, UtcDateTime, now


class ViewBatch(Base):
    """A batch that is in the counters. The transaction that adds it writes this row, so it is added only once."""

    __tablename__ = "view_batch"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)


class DayViews(Base):
    """What is counted of one item on one day of ``APP_TIME_ZONE``. An item's days add up to its totals."""

    __tablename__ = "day_views"
    # In SQLite this makes one tree by key, instead of a table and its index.
    # The index is for the days of the whole site.
    __table_args__ = (Index("ix_day_views_day", "day"), {"sqlite_with_rowid": False})

    item_id: Mapped[int] = mapped_column(ForeignKey("content_item.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    bot_views: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    plays: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class InDoubtCount(Base):
    """Views that Redis was asked to count when the connection broke: only Redis knows whether it did.

    Client id and sequence number tell, once Redis is back: see :func:`cms.view_counts.buffer.resolve`. ``items`` are
    ids as in the buffer, negative for views by bots. Table and columns keep their old names, because the previous
    release uses them, too.
    """

    __tablename__ = "unanswered_count"

    client_id: Mapped[str] = mapped_column("caller", String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column("call", BigInteger)
    items: Mapped[list[int]] = mapped_column(JSON)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
