"""Page documents, from which both HTML and JSON are made. Two statements, however many pages, items and kinds, and one
for the pictures that are chosen for sharing.

They are read as rows, not as ORM objects. Creating objects that are used only once would take most of the time of an
uncached page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.orm import Session

from cms.media.models import url_path
from cms.pages import captions, chapters, live, rows
from cms.pages.models import Page, kind_named
from cms.pages.readdressing import paths
from cms.pages.schemas import PageSchema
from cms.pages.slots import slot_of

#: A page with its items, and a single item. :mod:`cms.pages.schemas` defines their fields.
PageDocument = dict[str, Any]
ItemDocument = dict[str, Any]

#: Which pages to :func:`read`. The statements for these conditions are cached.
WITH_ID = Page.id == bindparam("id")
PUBLISHED_WITH_ID = WITH_ID & Page.is_published
# No published page is in the trash, but only so is the index on slugs used.
PUBLISHED_WITH_SLUG = (Page.slug == bindparam("slug")) & Page.deleted_at.is_(None) & Page.is_published
WITH_IDS = Page.id.in_(bindparam("ids", expanding=True))

#: The texts of a file that its items have, too, unless they have their own.
INHERITED = ("alt", "credit")

_schema = PageSchema()


def read(
    session: Session, which: ColumnElement[bool], *, is_draft: bool = False, **parameters: Any
) -> list[PageDocument]:
    """The documents of the pages for which one of the conditions above holds, in no particular order.

    Items are read before pages: a page that is deleted in between disappears, rather than showing up without items.

    Args:
        session: to read in.
        which: the condition.
        is_draft: whether they have the changes that are not published yet.
        parameters: of the condition.
    """
    items = _items(session.execute(rows.select_items(which), parameters))
    pages = session.execute(rows.select_pages(which), parameters).mappings().all()
    found = [_page(session, page, items[page["id"]], is_draft=is_draft) for page in pages]
    seen = [page for page in found if page]
    pictures = _sharing_pictures(session, seen)
    return [_schema.dump({**page, "sharing_picture": pictures.get(page["sharing_picture"])}) for page in seen]


def _page(
    session: Session, page: Mapping[Any, Any], items: list[ItemDocument], *, is_draft: bool
) -> dict[str, Any] | None:
    """What a document is made of: the columns of a page, and its items."""
    if page["live_revision_id"] and not is_draft:
        shown = live.shown(session, page)
        if shown is None:
            return None  # its changes are not for visitors
        page, item_rows = shown
        items = _items(item_rows)[page["id"]]
    return {**page, "contents": items}


def _sharing_pictures(session: Session, pages: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The pictures that editors have chosen for other sites to show, by what pages have in their column."""
    named = {text: path for page in pages if (text := page["sharing_picture"]) for path in paths(text) if path}
    if not named:
        return {}
    found = session.execute(rows.select_pictures(), {"paths": list(named.values())})
    files = {row.path: _file(dict(zip(rows.FILE, row, strict=True))) for row in found}
    return {text: files[path] for text, path in named.items() if path in files}


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
        _place_paths([document["contents"], document["sharing_picture"]], prefix)
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


def _items(found: Iterable[Sequence[Any]]) -> dict[int, list[ItemDocument]]:
    """The items of each page, from the rows of :mod:`~cms.pages.rows`."""
    items: dict[int, list[ItemDocument]] = defaultdict(list)
    item: ItemDocument = {"id": None}
    places = rows.places()
    for page_id, place, written, *row in found:
        values = row[len(rows.FILE) :]
        if values[0] != item["id"]:
            item = dict(zip(rows.ITEM, values, strict=False))
            own, columns, slots, inherited = places[item["content_type"]]
            item |= zip(columns, values[own], strict=True)
            for empty in slots.values():
                item |= {empty.name: []} if empty.many else dict.fromkeys(empty.json_fields)
            items[page_id].append(item)
        if row[0] and (slot := slots.get(slot_of(place or ""))):
            file = _file(dict(zip(rows.FILE, row, strict=False)))
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
    _id, *row, _cues = session.execute(rows.select_files(with_trashed=True), {"ids": [media_file_id]}).one()
    return _file(dict(zip(rows.FILE, row, strict=True)))
