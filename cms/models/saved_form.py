"""A form that was saved: should it arrive once more, it is answered like the first time, and nothing is saved again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from cms.models.base import Base, UtcDateTime, now


class SavedForm(Base):
    """A form's random token, kept in the transaction that saves the form.

    ``content`` is a digest of what was sent. ``view`` and ``row_id`` name the row that was saved, ``version`` is the
    version that it has had since, ``editor`` the address of who saved it.
    """

    __tablename__ = "saved_form"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str] = mapped_column(String(64))
    view: Mapped[str] = mapped_column(String(50))
    row_id: Mapped[int | None]
    version: Mapped[int | None]
    editor: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
