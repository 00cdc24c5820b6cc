"""Which media files look or sound alike: a hint for editors, never a reason to take one for the other.

What a file looks like is 64 bits (:mod:`cms.media.derivatives.recipes.likeness`; of a recording, ``sound_likeness``
beside it), of which few differ between files that look alike. The bits are kept in four bands of 16. Of two files that
differ in three bits at most, one band is the same in both, so an index of each band finds all of them, however many
files there are. Pairs are found once, when a file's bits are noted. Functions here flush and never commit.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, ForeignKey, delete, exists, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, aliased, mapped_column

from cms.database import Base
from cms.media.models import MediaFile

#: In how many bits two files may differ that look alike. More would take more bands than there are.
MOST_DIFFERENT = 3
_BANDS = 4
#: How much the durations of two films, or of two recordings, may differ: by a part, and by so many seconds.
_LONGER, _SECONDS = 0.02, 1.0
# The advisory lock of those who note what files look like; on SQLite it is the one writing transaction.
_LOCK = 0x6C696B65


class Likeness(Base):
    """What a media file looks like."""

    __tablename__ = "likeness"

    media_file_id: Mapped[int] = mapped_column(
        ForeignKey("media_file.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    band_0: Mapped[int] = mapped_column(index=True)
    band_1: Mapped[int] = mapped_column(index=True)
    band_2: Mapped[int] = mapped_column(index=True)
    band_3: Mapped[int] = mapped_column(index=True)


class LikePair(Base):
    """That two media files look alike. The first id is the smaller one.

    There are no foreign keys: to check one would lock the row of a file that another worker has locked, who waits.
    """

    __tablename__ = "like_pair"

    first_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    second_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
    distance: Mapped[int]


_COLUMNS = (Likeness.band_0, Likeness.band_1, Likeness.band_2, Likeness.band_3)


def bands(digits: str) -> list[int]:
    """The bands of bits that are written as 16 hexadecimal digits. Each has every fourth bit.

    So each band is of all of a picture. A band of one part of it alone, say the sky, would be the same in many.
    """
    bits = f"{int(digits, 16):064b}"
    return [int(bits[number::_BANDS], 2) for number in range(_BANDS)]


def note(session: Session, media_file: MediaFile, digits: str) -> None:
    """Keep what a media file looks like, and find the others that look like it."""
    if session.get_bind().dialect.name == "postgresql":  # or two that come at once would not see each other
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    mine = bands(digits)
    forget(session, media_file.id)
    found = select(Likeness.media_file_id, *_COLUMNS).join(MediaFile, MediaFile.id == Likeness.media_file_id)
    alike = or_(*(column == band for column, band in zip(_COLUMNS, mine, strict=True)))
    for other, *theirs in session.execute(found.where(alike, *_comparable(media_file))).tuples():
        distance = sum((own ^ band).bit_count() for own, band in zip(mine, theirs, strict=True))
        if distance <= MOST_DIFFERENT:
            first, second = sorted((media_file.id, other))
            session.add(LikePair(first_id=first, second_id=second, distance=distance))
    session.add(Likeness(media_file_id=media_file.id, **{f"band_{n}": band for n, band in enumerate(mine)}))
    session.flush()


def forget(session: Session, media_file_id: int) -> None:
    """Forget what a media file looks like."""
    named = or_(LikePair.first_id == media_file_id, LikePair.second_id == media_file_id)
    session.execute(delete(LikePair).where(named))
    session.execute(delete(Likeness).where(Likeness.media_file_id == media_file_id))


def forget_removed(session: Session) -> None:
    """Forget the pairs of which a file is gone."""
    is_there = [exists().where(MediaFile.id == column) for column in (LikePair.first_id, LikePair.second_id)]
    session.execute(delete(LikePair).where(or_(*(~found for found in is_there))))


def like(session: Session, media_file_id: int, limit: int) -> Sequence[MediaFile]:
    """The files that look like a media file and are not in the trash, the most alike first."""
    other = union(
        select(LikePair.second_id.label("id"), LikePair.distance).where(LikePair.first_id == media_file_id),
        select(LikePair.first_id, LikePair.distance).where(LikePair.second_id == media_file_id),
    ).subquery()
    found = select(MediaFile).join(other, other.c.id == MediaFile.id).where(MediaFile.deleted_at.is_(None))
    return session.scalars(found.order_by(other.c.distance, MediaFile.id).limit(limit)).all()


def has_like() -> ColumnElement[bool]:
    """The condition for media files that others look like which are not in the trash."""
    other = aliased(MediaFile)
    sides = ((LikePair.first_id, LikePair.second_id), (LikePair.second_id, LikePair.first_id))
    found = [select(mine).join(other, other.id == theirs).where(other.deleted_at.is_(None)) for mine, theirs in sides]
    return MediaFile.id.in_(union(*found))


def _comparable(media_file: MediaFile) -> list[ColumnElement[bool]]:
    """What has to hold of other files than that they look alike.

    Pictures, films and recordings are compared with their like alone, and the last two must last as long.
    """
    is_film = media_file.video_codec is not None
    is_recording = not is_film and media_file.audio_codec is not None
    others = [MediaFile.id != media_file.id, _has(MediaFile.video_codec, is_film)]
    if not is_film:
        others.append(_has(MediaFile.audio_codec, is_recording))
    if (is_film or is_recording) and media_file.duration is not None:
        room = _SECONDS + media_file.duration * _LONGER
        others.append(MediaFile.duration.between(media_file.duration - room, media_file.duration + room))
    return others


def _has(column: InstrumentedAttribute[str | None], is_there: bool) -> ColumnElement[bool]:
    return column.is_not(None) if is_there else column.is_(None)
