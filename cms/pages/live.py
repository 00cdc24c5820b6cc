"""What visitors see of published pages with changes that are not published yet: a revision.

It gives the rows of :mod:`cms.pages.rows`, so that the same documents are made of it. Counts are the present ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from cms.pages import captions, replacing_texts, rows, snapshots
from cms.pages.models import ContentItem, kind_named
from cms.pages.replacement_models import Shown, followed
from cms.pages.revision_models import Revision
from cms.pages.snapshots import FileSnapshot, ItemSnapshot, PageSnapshot

#: The columns of a page that wait to be published. Its address and its tags do not.
WAITING = ("title", "text", "language", "sharing_picture")


def shown(session: Session, page: Mapping[Any, Any]) -> tuple[dict[Any, Any], Iterator[Sequence[Any]]] | None:
    """What visitors see of a page: its columns, and the rows of its items. ``None`` if that is the page as it is."""
    number = page["live_revision_id"]
    revision = session.get(Revision, number, options=[undefer(Revision.content)]) if number else None
    if revision is None:
        return None
    snapshot = replacing_texts.followed(session, page["id"], revision.snapshot, revision.created_at)
    waiting = {name: snapshot[name] for name in WAITING}  # type: ignore[literal-required]
    item_rows = _rows(session, page["id"], snapshot, revision.created_at)
    return {**page, **waiting, "updated_at": revision.created_at}, item_rows


def _rows(session: Session, page_id: int, snapshot: PageSnapshot, kept_at: datetime) -> Iterator[Sequence[Any]]:
    places = rows.places()
    items = [item for item in snapshot["items"] if item["is_active"] and item["kind"] in places]
    media = _Media(session, items, kept_at)
    counted = select(ContentItem.id, ContentItem.counter).where(ContentItem.id.in_([item["id"] for item in items]))
    counters = dict(session.execute(counted).tuples().all())  # not of items that have been deleted for good since
    for item in items:
        if item["id"] not in counters:
            continue
        own, names, *_ = places[item["kind"]]
        values = [*_common(item, counters[item["id"]]), *[None] * (own.start - len(rows.ITEM))]
        fields = snapshots.typed(kind_named(item["kind"]), item["fields"])
        values += [fields.get(name) for name in names]
        files = sorted(item["files"], key=lambda file: (file["position"], file["place"]))
        for file in files:
            yield page_id, file["place"], file["texts"], *media.row(item["id"], file), *values
        if not files:
            yield page_id, None, None, *rows.NO_FILE, *values


def _common(item: ItemSnapshot, counter: int) -> list[Any]:
    """What a row has of every item."""
    others = {"counter": counter, "content_type": item["kind"]}
    return [others[name] if name in others else item[name] for name in rows.ITEM]  # type: ignore[literal-required]


class _Media:
    """The media files that a revision of that time shows, read at once. A file that was replaced is replaced here."""

    def __init__(self, session: Session, items: Sequence[ItemSnapshot], kept_at: datetime) -> None:
        self._files = present_files(session, items, kept_at)
        found = session.execute(rows.select_files(), {"ids": list(set(filter(None, self._files.values())))})
        self._rows = {number: row for number, *row in found}

    def row(self, item_id: int, file: FileSnapshot) -> Sequence[Any]:
        """What a row has of a file; nothing if it is gone, or was never completed."""
        *row, cues = self._rows.get(self._files[item_id, file["place"]] or 0, (*rows.NO_FILE, None))
        if (file["texts"] or {}).get("kind") == captions.CHAPTERS:
            row[rows.FILE.index("chapters")] = cues
        return row


def present_files(
    session: Session, items: Sequence[ItemSnapshot], kept_at: datetime
) -> dict[tuple[int, str], int | None]:
    """The media file that visitors get by now in each place of these items, which were kept at that moment."""
    files = [(item["id"], file) for item in items for file in item["files"]]
    named = snapshots.named_files(session, [file for _, file in files])
    copies = snapshots.copies(session, set(filter(None, named)))
    shown = [
        Shown(item_id, file["place"], copies.get(number or 0, number))
        for (item_id, file), number in zip(files, named, strict=True)
    ]
    now_there = followed(session, shown, kept_at)
    copies = snapshots.copies(session, set(filter(None, now_there)))
    return {
        (place.item_id, place.place): copies.get(number or 0, number)
        for place, number in zip(shown, now_there, strict=True)
    }
