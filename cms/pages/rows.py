"""The rows from which documents are made: one for each file of an item, or one for an item without a file.

They come from the tables, or from a revision, if that is what visitors see of a page.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Select, Table, and_, bindparam, case, select

from cms.database import Base
from cms.media.derivatives.preparing import is_preparing
from cms.media.models import MediaFile
from cms.pages import captions
from cms.pages.models import Attachment, ContentItem, Page, kinds
from cms.pages.slots import Slot


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


_PAGE, _CONTENT, _ATTACHMENT, _MEDIA = map(_table, (Page, ContentItem, Attachment, MediaFile))

#: A file in the trash is as one that is not there.
_KEPT = _MEDIA.c.deleted_at.is_(None)

#: What a row has of an item, and before that of its file.
ITEM = ("id", "title", "counter", "order", "content_type", "is_active", "language")
FILE = (
    *("path", "size", "mime_type", "digest", "duration", "width", "height", "pages", "animated", "playable"),
    *("preparing", "chapters", "derived", "alt", "credit"),
)
#: An item without a file.
NO_FILE = (None,) * len(FILE)

# Statements are built once. SQLAlchemy, too, is fastest with statements that it has seen before.


@cache
def select_pages(which: ColumnElement[bool]) -> Select[Any]:
    """The columns of pages."""
    return select(*_PAGE.columns).where(which)


@cache
def select_files(*, with_trashed: bool = False) -> Select[Any]:
    """Media files with the given ``ids``: the id, what a row has of the file, and its cues if it is a track."""
    facts = _MEDIA.c.facts
    columns = [_MEDIA.c.id, *_file_columns(facts["chapters"]), facts["cues"]]
    found = select(*columns).where(_MEDIA.c.id.in_(bindparam("ids", expanding=True)))
    return found if with_trashed else found.where(_KEPT)


@cache
def select_pictures() -> Select[Any]:
    """What a row has of the pictures with the given ``paths``."""
    is_meant = _MEDIA.c.path.in_(bindparam("paths", expanding=True)), _MEDIA.c.mime_type.startswith("image/")
    return select(*_file_columns(_MEDIA.c.facts["chapters"])).where(*is_meant, _KEPT)


def _file_columns(chapters: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    facts = _MEDIA.c.facts
    known = {
        "pages": facts["pages"].as_integer(),
        "animated": facts["animated"].as_boolean(),
        "preparing": and_(_MEDIA.c.playable.is_(False), is_preparing(_MEDIA.c.id)),
        "chapters": chapters,
    }
    return [known[name] if name in known else _MEDIA.c[name] for name in FILE]


@cache
def select_items(which: ColumnElement[bool]) -> Select[Any]:
    """Active items in order, with the columns of every kind. An item has a row for each file, or one without a file."""
    joined = _CONTENT.join(_PAGE)
    is_chapters = _ATTACHMENT.c.texts["kind"].as_string() == captions.CHAPTERS
    facts = _MEDIA.c.facts
    shown = [
        *_file_columns(case((is_chapters, facts["cues"]), else_=facts["chapters"])),
        *(_CONTENT.c[name] for name in ITEM),
    ]
    own: list[Column[Any]] = []
    for kind in kinds():
        joined = joined.outerjoin(_table(kind), _table(kind).c.id == _CONTENT.c.id)
        own += [_table(kind).c[name] for name in kind.columns()]
    joined = joined.outerjoin(_ATTACHMENT).outerjoin(_MEDIA, and_(_MEDIA.c.id == _ATTACHMENT.c.media_file_id, _KEPT))
    return (
        select(_CONTENT.c.page_id, _ATTACHMENT.c.slot, _ATTACHMENT.c.texts, *shown, *own)
        .select_from(joined)
        .where(which, _CONTENT.c.is_active)
        .order_by(_CONTENT.c.page_id, _CONTENT.c.order, _CONTENT.c.id, _ATTACHMENT.c.position, _ATTACHMENT.c.slot)
    )


@cache
def places() -> dict[str, tuple[slice, list[str], dict[str, Slot], dict[str, dict[str, str]]]]:
    """For each kind: the slice of a row with its own columns, their names, its slots by name, and for each slot the
    columns with texts that the item may have from the file.
    """
    places = {}
    start = len(ITEM)
    for kind in kinds():
        names = kind.columns()
        slots = {slot.name: slot for slot in kind.slots}
        inherited = {slot.name: kind.inherited_columns(slot) for slot in kind.slots}
        places[_table(kind).name] = slice(start, start + len(names)), names, slots, inherited
        start += len(names)
    return places
