"""Tags: words that editors give to media files, to find them by. Functions flush and never commit.

Pages have tags of the same names (:mod:`cms.pages.tagging`).
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import Column, ColumnElement, ForeignKey, String, and_, delete, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from cms.cleaning import clean_line
from cms.database import SEARCH_KEY, Base, search_key
from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput

TAG_LENGTH = 60
#: How many tags a file can have, and how many are offered for completion.
MOST_TAGS, OFFERED = 50, 200


class Tag(Base):
    """A tag. Its key tells whether two are the same: in any case, they are."""

    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(TAG_LENGTH))
    key: Mapped[str] = mapped_column(SEARCH_KEY, unique=True)


class MediaTag(Base):
    """That a media file has a tag."""

    __tablename__ = "media_tag"

    media_file_id: Mapped[int] = mapped_column(ForeignKey("media_file.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True)


def parse(text: str) -> list[str]:
    """The names in a list with commas, each once, however it is written.

    Raises:
        InvalidInput: a name is too long, or there are too many.
    """
    names: dict[str, str] = {}
    for part in text.replace(";", ",").split(","):
        if name := clean_line(part).lstrip("#").strip():
            names.setdefault(search_key(name), name)
    if too_long := next((name for name in names.values() if len(name) > TAG_LENGTH), None):
        raise InvalidInput(
            N_("The tag “%(name)s…” is too long: a tag may have %(most)s characters."),
            name=too_long[:20],
            most=TAG_LENGTH,
        )
    check_number(len(names))
    return list(names.values())


def check_number(number: int) -> None:
    """Refuse too many tags.

    Raises:
        InvalidInput: these are.
    """
    if number > MOST_TAGS:
        raise InvalidInput(N_("These are too many tags: there may be %(most)s."), most=MOST_TAGS)


def as_known(session: Session, names: Iterable[str], own: Iterable[str] = ()) -> list[str]:
    """These names in alphabetical order, each once, as its tag has been written first.

    A tag of one's ``own`` that nothing else has may be written anew: see :func:`respell`.
    """
    named: dict[str, str] = {}
    for name in names:
        named.setdefault(search_key(name), name)
    if not named:
        return []
    known = select(Tag.key, Tag.name).where(Tag.key.in_(named))
    if mine := [search_key(name) for name in own]:
        known = known.where(or_(Tag.key.not_in(mine), _uses() > 1))
    spelled = dict(session.execute(known).tuples().all())
    return [spelled.get(key, named[key]) for key in sorted(named)]


def respell(session: Session, names: Iterable[str]) -> None:
    """Write tags as these names are written, unless more than one thing has the tag."""
    written = {search_key(name): name for name in names}
    used_once = select(Tag.id, Tag.key, Tag.name).where(Tag.key.in_(written), _uses() < 2)
    for id_, key, name in session.execute(used_once).tuples().all():
        if name != written[key]:
            session.execute(update(Tag).where(Tag.id == id_).values(name=written[key]))


def of(session: Session, media_file_ids: Collection[int]) -> dict[int, list[str]]:
    """The names of the tags of these media files, in alphabetical order."""
    found: dict[int, list[str]] = {id_: [] for id_ in media_file_ids}
    named = select(MediaTag.media_file_id, Tag.name).join(Tag, Tag.id == MediaTag.tag_id)
    for id_, name in session.execute(named.where(MediaTag.media_file_id.in_(found)).order_by(Tag.key)):
        found[id_].append(name)
    return found


def offered(session: Session) -> Sequence[str]:
    """The names of tags, the most used first."""
    used = select(func.count()).where(MediaTag.tag_id == Tag.id).scalar_subquery()
    return session.scalars(select(Tag.name).order_by(used.desc(), Tag.key).limit(OFFERED)).all()


def set_of(session: Session, media_file: MediaFile, names: Iterable[str]) -> None:
    """Have a media file have these tags and no others."""
    names = list(names)
    wanted = set(ids_of(session, names).values())
    has = {row.tag_id: row for row in session.scalars(select(MediaTag).where(MediaTag.media_file_id == media_file.id))}
    for tag_id in has.keys() - wanted:
        session.delete(has[tag_id])
    session.add_all(MediaTag(media_file_id=media_file.id, tag_id=tag_id) for tag_id in sorted(wanted - has.keys()))
    session.flush()
    respell(session, names)
    forget_unused(session)


def require_room(session: Session, media_file_ids: Collection[int], names: Collection[str]) -> None:
    """Refuse tags if one of these media files would have too many with them.

    Raises:
        InvalidInput: one would.
    """
    check_room(session, MediaTag.media_file_id, MediaTag.tag_id, media_file_ids, names)


def check_room(
    session: Session,
    owner: InstrumentedAttribute[int],
    tag: InstrumentedAttribute[int],
    ids: Collection[int],
    names: Iterable[str],
) -> None:
    """Refuse tags if one of the owners with these ids would have too many with them.

    Raises:
        InvalidInput: one would.
    """
    keys = set(map(search_key, names))
    others = select(func.count()).where(tag == Tag.id, owner.in_(ids), Tag.key.not_in(keys)).group_by(owner)
    check_number((session.scalar(others.order_by(func.count().desc()).limit(1)) or 0) + len(keys))


def add_to(session: Session, media_files: Iterable[MediaFile], names: Iterable[str]) -> None:
    """Give these media files these tags, too.

    Raises:
        InvalidInput: one of them would have too many.
    """
    names, ids = list(names), sorted(file.id for file in media_files)
    require_room(session, ids, names)
    wanted = set(ids_of(session, names).values())
    rows = session.execute(select(MediaTag.media_file_id, MediaTag.tag_id).where(MediaTag.media_file_id.in_(ids)))
    has: dict[int, set[int]] = {id_: set() for id_ in ids}
    for id_, tag_id in rows:
        has[id_].add(tag_id)
    session.add_all(
        MediaTag(media_file_id=id_, tag_id=tag_id) for id_, tags in has.items() for tag_id in sorted(wanted - tags)
    )
    session.flush()


def remove_from(session: Session, media_files: Iterable[MediaFile], names: Iterable[str]) -> None:
    """Take these tags from these media files."""
    keys, ids = [search_key(name) for name in names], [file.id for file in media_files]
    rows = select(MediaTag).join(Tag, Tag.id == MediaTag.tag_id)
    for row in session.scalars(rows.where(Tag.key.in_(keys), MediaTag.media_file_id.in_(ids))):
        session.delete(row)
    session.flush()
    forget_unused(session)


def ids_of(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The ids of the tags with these names, by their keys. Those that are new are added; two editors may do so at once.

    All are locked in one order until the transaction ends, so that none is forgotten and no two wait for each other. A
    transaction asks for all of its tags at once.
    """
    named = {search_key(name): name for name in names}
    if not named:
        return {}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    added = insert(Tag).values([{"name": named[key], "key": key} for key in sorted(named)])
    locked = added.on_conflict_do_update(index_elements=[Tag.key], set_={"name": Tag.name}).returning(Tag.key, Tag.id)
    return dict(session.execute(locked).tuples().all())


def forget_unused(session: Session) -> None:
    """Delete the tags that nothing has. One that another transaction is giving to something is kept."""
    is_unused = and_(*(~select(column).where(column == Tag.id).exists() for column in _users()))
    ids = session.scalars(select(Tag.id).where(is_unused).with_for_update(skip_locked=True)).all()
    session.execute(delete(Tag).where(Tag.id.in_(ids), is_unused))


def _users() -> list[Column[Any]]:
    """The columns that name the tags of what has them, whatever that is."""
    return [
        column
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table is Tag.__table__ for key in column.foreign_keys)
    ]


def _uses() -> ColumnElement[int]:
    """How many things have a tag."""
    counts = [select(func.count()).where(column == Tag.id).scalar_subquery() for column in _users()]
    return reduce(operator.add, counts, literal(0))
