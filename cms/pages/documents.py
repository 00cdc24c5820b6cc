"""Page documents, from which both HTML and JSON are made. Two statements, however many pages, items and kinds.

They are read as rows, not as ORM objects. Creating objects that are used only once would take most of the time of an
uncached page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Row, Select, Table, and_, bindparam, case, select
from sqlalchemy.orm import Session

from cms.database import Base
from cms.media.derivatives.preparing import is_preparing
from cms.media.models import MediaFile, url_path
from cms.pages import captions, chapters
from cms.pages.models import Attachment, ContentItem, Page, kind_named, kinds
from cms.pages.schemas import PageSchema
from cms.pages.slots import Slot, slot_of

#: A page with its items, and a single item. :mod:`cms.pages.schemas` defines their fields.
PageDocument = dict[str, Any]
ItemDocument = dict[str, Any]

#: Which pages to :func:`read`. The statements for these conditions are cached.
WITH_ID = Page.id == bindparam("id")
PUBLISHED_WITH_ID = WITH_ID & Page.is_published
# No published page is in the trash, but only so is the index on slugs used.
PUBLISHED_WITH_SLUG = (Page.slug == bindparam("slug")) & Page.deleted_at.is_(None) & Page.is_published
WITH_IDS = Page.id.in_(bindparam("ids", expanding=True))


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


_PAGE, _CONTENT, _ATTACHMENT, _MEDIA = map(_table, (Page, ContentItem, Attachment, MediaFile))
_ITEM = ("id", "title", "counter", "order", "content_type", "is_active", "language")
_FILE = (
    *("path", "size", "mime_type", "digest", "duration", "width", "height", "pages", "animated", "playable"),
    *("preparing", "chapters", "derived", "alt", "credit"),
)

#: The texts of a file that its items have, too, unless they have their own.
INHERITED = ("alt", "credit")

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
        _accompany(item)
    if prefix:
        document["url"] = prefix + document["url"]
        document["api_url"] = prefix + document["api_url"]
        _place_paths(document["contents"], prefix)
    return document


def _accompany(item: ItemDocument) -> None:
    """Add what belongs to the files that an item plays, and is known of the item alone: captions and chapters."""
    for slot in kind_named(item["content_type"]).slots:
        if slot.accepts in ("video", "audio") and not slot.many and (file := item[slot.file_field]):
            made = [captions.completed(item, caption) for caption in file["captions"] or ()]
            file["captions"] = [*captions.of(item), *made]
            file["chapters"] = chapters.of(item, file["duration"]) or file["chapters"]


def _place_paths(value: Any, prefix: str) -> None:
    if isinstance(value, list):
        for member in value:
            _place_paths(member, prefix)
    elif isinstance(value, dict):
        for name, member in value.items():
            if isinstance(member, str) and (name in ("path", "timeline", "hls", "waveform") or name.endswith("_path")):
                value[name] = prefix + member
            else:
                _place_paths(member, prefix)


def _items(rows: Iterable[Row[Any]]) -> dict[int, list[ItemDocument]]:
    """The items of each page, from the rows of :func:`_select_items`."""
    items: dict[int, list[ItemDocument]] = defaultdict(list)
    item: ItemDocument = {"id": None}
    places = _places()
    for page_id, place, written, *row in rows:
        values = row[len(_FILE) :]
        if values[0] != item["id"]:
            item = dict(zip(_ITEM, values, strict=False))
            own, columns, slots, inherited = places[item["content_type"]]
            item |= zip(columns, values[own], strict=True)
            for empty in slots.values():
                item |= {empty.name: []} if empty.many else dict.fromkeys(empty.json_fields)
            items[page_id].append(item)
        if row[0] and (slot := slots.get(slot_of(place or ""))):
            file = _file(dict(zip(_FILE, row, strict=False)))
            if slot.many:
                texts = {
                    text.name: (written or {}).get(text.name) or _inherited(file, text.name) or text.without
                    for text in slot.texts
                }
                item[slot.name].append({"path": file["path"], "file": file, **texts})
            else:
                item |= {slot.path_field: file["path"], slot.file_field: file}
                for name, column in inherited[slot.name].items():
                    item[column] = item[column] or _inherited(file, name) or item[column]
    return items


def _inherited(file: dict[str, Any], name: str) -> str | None:
    """What an item has of a file where nobody has written a text for the item itself."""
    return file[name] if name in INHERITED else None


def _file(file: dict[str, Any]) -> dict[str, Any]:
    """What a document has of a media file: its columns, and what was made of it. What does not apply is ``None``."""
    derived = file.pop("derived") or {}
    path, is_played = url_path(file["path"]), file["mime_type"].startswith(("video/", "audio/"))
    nothing: list[Any] | None = [] if is_played else None
    is_seen = is_played or file["mime_type"].startswith("image/") or file["mime_type"] == "application/pdf"
    source = {"path": path, **{name: file[name] for name in ("mime_type", "width", "height")}}
    made = derived.get("sources", nothing)
    texts = [*derived.get("captions", ()), *derived.get("transcript", ())]
    return file | {
        "path": path,
        "digest": f"blake3:{file['digest']}",
        "poster": derived.get("poster", [] if is_seen else None),
        "sources": [source, *(made or ())] if file["playable"] else made,
        "hls": _first_path(derived, "hls"),
        "preparing": file["preparing"] if is_played else None,
        "captions": [{"machine_made": False, **text} for text in texts] if is_played else None,
        "chapters": file["chapters"] or nothing,
        "timeline": _first_path(derived, "timeline"),
        "waveform": _first_path(derived, "waveform"),
        **{name: file[name] or None for name in INHERITED},
    }


def _first_path(derived: dict[str, Any], field: str) -> str | None:
    return next((made["path"] for made in derived.get(field, ())), None)


def file_of(session: Session, media_file_id: int) -> dict[str, Any]:
    """What documents have of a media file, wherever it is shown."""
    row = session.execute(_select_file(), {"id": media_file_id}).one()
    return _file(dict(zip(_FILE, row, strict=True)))


# Statements are built once. SQLAlchemy, too, is fastest with statements that it has seen before.


@cache
def _select_pages(which: ColumnElement[bool]) -> Select[Any]:
    return select(*_PAGE.columns).where(which)


@cache
def _select_file() -> Select[Any]:
    return select(*_file_columns(_MEDIA.c.facts["chapters"])).where(_MEDIA.c.id == bindparam("id"))


def _file_columns(chapters: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    facts = _MEDIA.c.facts
    known = {
        "pages": facts["pages"].as_integer(),
        "animated": facts["animated"].as_boolean(),
        "preparing": and_(_MEDIA.c.playable.is_(False), is_preparing(_MEDIA.c.id)),
        "chapters": chapters,
    }
    return [known[name] if name in known else _MEDIA.c[name] for name in _FILE]


@cache
def _select_items(which: ColumnElement[bool]) -> Select[Any]:
    """Active items in order, with the columns of every kind. An item has a row for each file, or one without a file."""
    joined = _CONTENT.join(_PAGE)
    is_chapters = _ATTACHMENT.c.texts["kind"].as_string() == captions.CHAPTERS
    facts = _MEDIA.c.facts
    shown = [
        *_file_columns(case((is_chapters, facts["cues"]), else_=facts["chapters"])),
        *(_CONTENT.c[name] for name in _ITEM),
    ]
    own: list[Column[Any]] = []
    for kind in kinds():
        joined = joined.outerjoin(_table(kind), _table(kind).c.id == _CONTENT.c.id)
        own += [_table(kind).c[name] for name in kind.columns()]
    joined = joined.outerjoin(_ATTACHMENT).outerjoin(_MEDIA, _MEDIA.c.id == _ATTACHMENT.c.media_file_id)
    return (
        select(_CONTENT.c.page_id, _ATTACHMENT.c.slot, _ATTACHMENT.c.texts, *shown, *own)
        .select_from(joined)
        .where(which, _CONTENT.c.is_active)
        .order_by(_CONTENT.c.page_id, _CONTENT.c.order, _CONTENT.c.id, _ATTACHMENT.c.position, _ATTACHMENT.c.slot)
    )


@cache
def _places() -> dict[str, tuple[slice, list[str], dict[str, Slot], dict[str, dict[str, str]]]]:
    """For each kind: the slice of a row with its own columns, their names, its slots by name, and for each slot the
    columns with texts that the item may have from the file.
    """
    places = {}
    start = len(_ITEM)
    for kind in kinds():
        names = kind.columns()
        slots = {slot.name: slot for slot in kind.slots}
        inherited = {slot.name: kind.inherited_columns(slot) for slot in kind.slots}
        places[_table(kind).name] = slice(start, start + len(names)), names, slots, inherited
        start += len(names)
    return places
