"""Page documents, from which both HTML and JSON are made. Two statements, however many pages, items and kinds.

They are read as rows, not as ORM objects. Creating objects that are used only once would take most of the time of an
uncached page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Row, Select, Table, bindparam, select
from sqlalchemy.orm import Session

from cms.database import Base
from cms.media.models import MediaFile, url_path
from cms.pages.models import Attachment, ContentItem, Page, Slot, kinds
from cms.pages.schemas import PageSchema

#: A page with its items, and a single item. :mod:`cms.pages.schemas` defines their fields.
PageDocument = dict[str, Any]
ItemDocument = dict[str, Any]

#: Which pages to :func:`read`. The statements for these conditions are cached.
WITH_ID = Page.id == bindparam("id")
PUBLISHED_WITH_ID = WITH_ID & Page.is_published
PUBLISHED_WITH_SLUG = (Page.slug == bindparam("slug")) & Page.is_published
WITH_IDS = Page.id.in_(bindparam("ids", expanding=True))


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


_PAGE, _CONTENT, _ATTACHMENT, _MEDIA = map(_table, (Page, ContentItem, Attachment, MediaFile))
_ITEM = ("id", "title", "counter", "order", "content_type", "is_active", "language")
_FILE = ("path", "size", "mime_type", "digest", "duration", "width", "height", "pages", "playable", "derived")

_schema = PageSchema()


def read(session: Session, which: ColumnElement[bool], **parameters: Any) -> list[PageDocument]:
    """The documents of the pages for which one of the conditions above holds, in no particular order.

    Items are read before pages: a page that is deleted in between disappears, rather than showing up without items.
    """
    items = _items(session.execute(_select_items(which), parameters))
    pages = session.execute(_select_pages(which), parameters).mappings()
    return [_schema.dump({**page, "contents": items[page["id"]]}) for page in pages]


def placed(document: PageDocument, prefix: str, language: str) -> PageDocument:
    """Complete a document with the site's prefix and language.

    Args:
        document: as :func:`read` returned it. It is modified.
        prefix: the path of the site. It is put before the document's addresses and its files' paths.
        language: the site's language, for pages without one. Items without one get their page's.
    """
    document["language"] = document["language"] or language
    for item in document["contents"]:
        item["language"] = item["language"] or document["language"]
    if prefix:
        document["url"] = prefix + document["url"]
        document["api_url"] = prefix + document["api_url"]
        _place_paths(document["contents"], prefix)
    return document


def _place_paths(value: Any, prefix: str) -> None:
    if isinstance(value, list):
        for member in value:
            _place_paths(member, prefix)
    elif isinstance(value, dict):
        for name, member in value.items():
            if isinstance(member, str) and (name in ("path", "waveform") or name.endswith("_path")):
                value[name] = prefix + member
            else:
                _place_paths(member, prefix)


def _items(rows: Iterable[Row[Any]]) -> dict[int, list[ItemDocument]]:
    """The items of each page, from the rows of :func:`_select_items`."""
    items: dict[int, list[ItemDocument]] = defaultdict(list)
    item: ItemDocument = {"id": None}
    places = _places()
    for page_id, slot, *row in rows:
        values = row[len(_FILE) :]
        if values[0] != item["id"]:
            item = dict(zip(_ITEM, values, strict=False))
            place, columns, slots = places[item["content_type"]]
            item |= zip(columns, values[place], strict=True)
            for empty in slots.values():
                item[empty.path_field] = item[empty.file_field] = None
            items[page_id].append(item)
        if row[0] and slot in slots:
            file = _file(dict(zip(_FILE, row, strict=False)))
            item |= {slots[slot].path_field: file["path"], slots[slot].file_field: file}
    return items


def _file(file: dict[str, Any]) -> dict[str, Any]:
    """What a document has of a media file: its columns, and what was made of it. What does not apply is ``None``."""
    derived = file.pop("derived") or {}
    path, is_played = url_path(file["path"]), file["mime_type"].startswith(("video/", "audio/"))
    nothing: list[Any] | None = [] if is_played else None
    source = {"path": path, **{name: file[name] for name in ("mime_type", "width", "height")}}
    return file | {
        "path": path,
        "digest": f"blake3:{file['digest']}",
        "poster": derived.get("poster", nothing),
        "sources": [source] if file["playable"] else nothing,
        "captions": nothing,
        "waveform": next((made["path"] for made in derived.get("waveform", ())), None),
    }


def file_of(media_file: MediaFile) -> dict[str, Any]:
    """What documents have of this media file."""
    known = {"pages": (media_file.facts or {}).get("pages")}
    return _file({name: known[name] if name in known else getattr(media_file, name) for name in _FILE})


# Statements are built once. SQLAlchemy, too, is fastest with statements that it has seen before.


@cache
def _select_pages(which: ColumnElement[bool]) -> Select[Any]:
    return select(*_PAGE.columns).where(which)


@cache
def _select_items(which: ColumnElement[bool]) -> Select[Any]:
    """Active items in order, with the columns of every kind. An item has a row for each file, or one without a file."""
    joined = _CONTENT.join(_PAGE)
    known = {"pages": _MEDIA.c.facts["pages"].as_integer()}
    shown = [
        *(known[name] if name in known else _MEDIA.c[name] for name in _FILE),
        *(_CONTENT.c[name] for name in _ITEM),
    ]
    own: list[Column[Any]] = []
    for kind in kinds():
        joined = joined.outerjoin(_table(kind), _table(kind).c.id == _CONTENT.c.id)
        own += [_table(kind).c[name] for name in kind.columns()]
    joined = joined.outerjoin(_ATTACHMENT).outerjoin(_MEDIA, _MEDIA.c.id == _ATTACHMENT.c.media_file_id)
    return (
        select(_CONTENT.c.page_id, _ATTACHMENT.c.slot, *shown, *own)
        .select_from(joined)
        .where(which, _CONTENT.c.is_active)
        .order_by(_CONTENT.c.page_id, _CONTENT.c.order, _CONTENT.c.id)
    )


@cache
def _places() -> dict[str, tuple[slice, list[str], dict[str, Slot]]]:
    """For each kind: the slice of a row with its own columns, their names, and its slots by name."""
    places = {}
    start = len(_ITEM)
    for kind in kinds():
        names = kind.columns()
        slots = {slot.name: slot for slot in kind.slots}
        places[_table(kind).name] = slice(start, start + len(names)), names, slots
        start += len(names)
    return places
