"""The tables of replacements: that one file took another's place everywhere, and where that was."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, Select, String, Text, or_, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from cms.database import Base, UtcDateTime, now
from cms.media import references
from cms.media.models import ENCODING_LENGTH, MediaFile


class Replacement(Base):
    """That ``successor`` took the place of ``media_file`` wherever it was. ``undone_at``: if taken back."""

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
    texts: Mapped[list[ReplacedText]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __table_args__ = {"sqlite_autoincrement": True}


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


class ReplacedText(Base):
    """A text of an item, or else of a page, that named the file.

    ``name`` is its column, ``path`` the file's at that time, and ``before`` the text before it was changed.
    """

    __tablename__ = "replaced_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    replacement_id: Mapped[int] = mapped_column(ForeignKey("replacement.id", ondelete="CASCADE"), index=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("content_item.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(50))
    path: Mapped[str] = mapped_column(String(500))
    before: Mapped[str] = mapped_column(Text)


# What was replaced is kept as long as that can be undone, or as long as visitors may see that it was.
references.refer(
    select(Replacement.id)
    .where(or_(Replacement.media_file_id == MediaFile.id, Replacement.successor_id == MediaFile.id))
    .correlate(MediaFile)
    .exists()
)


@dataclass(frozen=True)
class Shown:
    """A place of an item, and the media file that it showed at one moment."""

    item_id: int
    place: str
    media_file_id: int | None


def followed(session: Session, shown: Iterable[Shown], since: datetime) -> list[int | None]:
    """What these places show by now: what was replaced everywhere since a moment, and put back, counts in its order.

    A replacement changes all places that show the file; that it is undone changes those which it had changed.
    """
    places = list(shown)
    now_there = [place.media_file_id for place in places]
    steps = steps_since(session, since)
    undone = {row.id for row, is_undone in steps if is_undone}
    slots = _slots(session, undone, {place.item_id for place in places}) if undone else set()
    for row, is_undone in steps:
        old, new = row.media_file_id, row.successor_id
        for number, place in enumerate(places):
            if is_undone and now_there[number] == new and (row.id, place.item_id, place.place) in slots:
                now_there[number] = old
            elif not is_undone and now_there[number] == old:
                now_there[number] = new
    return now_there


def steps_since(session: Session, since: datetime) -> list[tuple[Replacement, bool]]:
    """What was replaced since a moment, and what was put back (true), in the order in which that was done."""
    later = or_(Replacement.created_at >= since, Replacement.undone_at >= since)
    files = (joinedload(Replacement.media_file), joinedload(Replacement.successor))
    made = session.scalars(select(Replacement).where(later).options(*files)).all()
    steps = [(row.created_at, row, False) for row in made if row.created_at >= since]
    steps += [(row.undone_at, row, True) for row in made if row.undone_at is not None]
    return [(row, is_undone) for _, row, is_undone in sorted(steps, key=lambda step: (step[0], step[1].id))]


def replaced_by(media_file_ids: Collection[int]) -> Select[tuple[int]]:
    """The ids of these files, of those that they have replaced, of those that these had replaced, and so on."""
    found = select(Replacement.media_file_id).where(Replacement.successor_id.in_(media_file_ids)).cte(recursive=True)
    earlier = select(Replacement.media_file_id).join(found, Replacement.successor_id == found.c.media_file_id)
    all_of_them = found.union(earlier)
    return select(MediaFile.id).where(
        MediaFile.id.in_(media_file_ids) | MediaFile.id.in_(select(all_of_them.c.media_file_id))
    )


def _slots(session: Session, replacement_ids: Collection[int], item_ids: Collection[int]) -> set[tuple[int, int, str]]:
    found = select(ReplacedSlot.replacement_id, ReplacedSlot.item_id, ReplacedSlot.slot)
    mine = ReplacedSlot.replacement_id.in_(replacement_ids), ReplacedSlot.item_id.in_(item_ids)
    return {(replacement, item, slot) for replacement, item, slot in session.execute(found.where(*mine))}
