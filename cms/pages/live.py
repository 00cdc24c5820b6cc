"""What visitors see of published pages with changes that are not published yet: a revision.

It gives the rows of :mod:`cms.pages.rows`, so that the same documents are made of it. Counts are the present ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from cms.media.models import Original
from cms.pages import captions, rows, snapshots
from cms.pages.models import ContentItem, kind_named
from cms.pages.replacement_models import successors
from cms.pages.revision_models import Revision
from cms.pages.snapshots import FileSnapshot, ItemSnapshot, PageSnapshot

#: The columns of a page that wait to be published. Its address does not.
_WAITING = ("title", "text", "language")


def shown(session: Session, page: Mapping[Any, Any]) -> tuple[dict[Any, Any], Iterator[Sequence[Any]]] | None:
    """What visitors see of a page: its columns, and the rows of its items. ``None`` if that is the page as it is."""
    number = page["live_revision_id"]
    revision = session.get(Revision, number, options=[undefer(Revision.content)]) if number else None
    if revision is None:
        return None
    snapshot = revision.snapshot
    waiting = {name: snapshot[name] for name in _WAITING}  # type: ignore[literal-required]
    item_rows = _rows(session, page["id"], snapshot, revision.created_at)
    return {**page, **waiting, "updated_at": revision.created_at}, item_rows


def _rows(session: Session, page_id: int, snapshot: PageSnapshot, kept_at: datetime) -> Iterator[Sequence[Any]]:
    places = rows.places()
    items = [item for item in snapshot["items"] if item["is_active"] and item["kind"] in places]
    media = _Media(session, [file for item in items for file in item["files"]], kept_at)
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
            yield page_id, file["place"], file["texts"], *media.row(file), *values
        if not files:
            yield page_id, None, None, *rows.NO_FILE, *values


def _common(item: ItemSnapshot, counter: int) -> list[Any]:
    """What a row has of every item."""
    others = {"counter": counter, "content_type": item["kind"]}
    return [others[name] if name in others else item[name] for name in rows.ITEM]  # type: ignore[literal-required]


class _Media:
    """The media files that a revision of that time shows, read at once."""

    def __init__(self, session: Session, files: Sequence[FileSnapshot], kept_at: datetime) -> None:
        named = snapshots.named_files(session, files)
        ids = set(filter(None, named))
        copies = select(Original.media_file_id, Original.shown_id).where(Original.media_file_id.in_(ids))
        shown = dict(session.execute(copies).tuples().all())
        # A file that was replaced everywhere is replaced here, too.
        replaced = successors(session, {shown.get(number, number) for number in ids}, kept_at)
        now = {number: replaced[shown.get(number, number)] for number in ids}
        found = session.execute(rows.select_files(), {"ids": list(now.values())})
        by_id = {number: row for number, *row in found}
        self._rows = {
            (file["upload"], file["media_file"]): by_id.get(now.get(number or 0, 0))
            for file, number in zip(files, named, strict=True)
        }

    def row(self, file: FileSnapshot) -> Sequence[Any]:
        """What a row has of a file; nothing if it is gone, or was never completed."""
        *row, cues = self._rows[file["upload"], file["media_file"]] or (*rows.NO_FILE, None)
        if (file["texts"] or {}).get("kind") == captions.CHAPTERS:
            row[rows.FILE.index("chapters")] = cues
        return row
