"""The tables of replacements: that one file took another's place everywhere, and where that was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from cms.database import Base, UtcDateTime, now
from cms.media import references
from cms.media.models import ENCODING_LENGTH, MediaFile


class Replacement(Base):
    """That ``successor`` took the place of ``media_file`` in all slots that showed it. ``undone_at``: if taken back."""

    __tablename__ = "replacement"

    id: Mapped[int] = mapped_column(primary_key=True)
    media_file_id: Mapped[int] = mapped_column(ForeignKey("media_file.id", ondelete="CASCADE"), index=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("media_file.id", ondelete="CASCADE"), index=True)
    editor: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    media_file: Mapped[MediaFile] = relationship(foreign_keys=media_file_id)
    successor: Mapped[MediaFile] = relationship(foreign_keys=successor_id)
    slots: Mapped[list[ReplacedSlot]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __table_args__ = {"sqlite_autoincrement": True}


def successors(session: Session, media_file_ids: Iterable[int], since: datetime) -> dict[int, int]:
    """Which media files have the places of these now, by all that was replaced since a moment and not undone."""
    now_there = {number: number for number in media_file_ids}
    made = (Replacement.created_at >= since, Replacement.undone_at.is_(None))
    replaced = select(Replacement.media_file_id, Replacement.successor_id).where(*made).order_by(Replacement.id)
    for old, new in session.execute(replaced).tuples():
        now_there = {number: new if last == old else last for number, last in now_there.items()}
    return now_there


class ReplacedSlot(Base):
    """A slot in which the file was replaced, and what went with the file there."""

    __tablename__ = "replaced_slot"

    replacement_id: Mapped[int] = mapped_column(ForeignKey("replacement.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[int] = mapped_column(
        ForeignKey("content_item.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    slot: Mapped[str] = mapped_column(String(50), primary_key=True)
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id", ondelete="SET NULL"), index=True)
    encoding: Mapped[str | None] = mapped_column(String(ENCODING_LENGTH))
    source: Mapped[bytes | None] = mapped_column(LargeBinary)


# What was replaced is kept as long as that can be undone.
references.refer(
    select(Replacement.id)
    .where(Replacement.media_file_id == MediaFile.id, Replacement.undone_at.is_(None))
    .correlate(MediaFile)
    .exists()
)
