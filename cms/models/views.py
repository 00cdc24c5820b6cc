"""Which batches of views have been added to the counters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.models.base import Base, UtcDateTime, now


class ViewBatch(Base):
    """A batch that is in the counters. Its row is written in the transaction that adds it, so it is added once."""

    __tablename__ = "view_batch"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
