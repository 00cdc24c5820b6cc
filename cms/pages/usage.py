"""How much is stored, where it is shown, and how much deduplication saves."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, contains_eager

from cms.media.derivatives.models import Derivative
from cms.media.models import MediaFile, Upload
from cms.pages import trash
from cms.pages.models import Attachment, ContentItem, Page

#: With more files than this, totals are cached for so many seconds: computing them costs more than the rest of a page.
MANY_FILES, KEPT_SECONDS = 10_000, 60
#: How many of the items that show a file are named, and of the names under which it was uploaded.
ITEMS_NAMED, NAMES_TOLD = 2, 10


@dataclass(frozen=True)
class Usage:
    """Numbers of rows, bytes on disk, and the additional bytes that one copy per item would take."""

    pages: int
    items: int
    files: int
    stored_bytes: int
    saved_bytes: int
    duplicates: int
    uploads: dict[str, int]
    derivatives: dict[str, int]
    faults: dict[str, int]


def usage(session: Session) -> Usage:
    """The present totals."""

    def count(model: type, *conditions: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0

    stored = session.scalar(select(func.coalesce(func.sum(MediaFile.size), 0))) or 0
    shown = select(func.coalesce(func.sum(MediaFile.size), 0)).join(
        Attachment, Attachment.media_file_id == MediaFile.id
    )
    used_once = select(func.coalesce(func.sum(MediaFile.size), 0)).where(
        MediaFile.id.in_(select(Attachment.media_file_id))
    )
    saved = (session.scalar(shown) or 0) - (session.scalar(used_once) or 0)

    def count_by(column: Any) -> dict[str, int]:
        counted = select(column, func.count()).where(column.is_not(None)).group_by(column)
        return {row[0]: row[1] for row in session.execute(counted)}

    return Usage(
        pages=count(Page, trash.is_kept(Page)),
        items=count(ContentItem, trash.is_kept(ContentItem)),
        files=count(MediaFile),
        stored_bytes=int(stored),
        saved_bytes=int(saved),
        duplicates=count(Upload, Upload.is_duplicate.is_(True)),
        uploads=count_by(Upload.status),
        derivatives=count_by(Derivative.status),
        faults=count_by(MediaFile.fault),
    )


@dataclass
class Use:
    """In how many slots a media file is shown, and the first of their items."""

    count: int = 0
    items: list[ContentItem] = field(default_factory=list)


def used_in(session: Session, media_file_ids: Collection[int]) -> dict[int, Use]:
    """Where each of these media files is shown. One statement with few rows, however many uses there are."""
    by_file = Attachment.media_file_id
    place = func.row_number().over(partition_by=by_file, order_by=(Attachment.item_id, Attachment.slot))
    columns = (
        by_file,
        Attachment.item_id,
        place.label("place"),
        func.count().over(partition_by=by_file).label("total"),
    )
    shown = select(*columns).where(by_file.in_(media_file_ids)).subquery().c
    named = (
        select(shown.media_file_id, shown.total, ContentItem)
        .join(ContentItem, ContentItem.id == shown.item_id)
        .join(ContentItem.page)
        .options(contains_eager(ContentItem.page))
    )
    uses = {id_: Use() for id_ in media_file_ids}
    for id_, total, item in session.execute(named.where(shown.place <= ITEMS_NAMED).order_by(shown.place)):
        uses[id_].count = total
        uses[id_].items.append(item)
    return uses


def pages_showing(session: Session, media_file_ids: Collection[int]) -> dict[int, int]:
    """On how many pages each of these media files is. Those in the trash do not count."""
    shown = select(Attachment.media_file_id, func.count(ContentItem.page_id.distinct()))
    shown = shown.join(ContentItem, Attachment.item_id == ContentItem.id).group_by(Attachment.media_file_id)
    found = session.execute(shown.where(Attachment.media_file_id.in_(media_file_ids), trash.is_kept(ContentItem)))
    return dict.fromkeys(media_file_ids, 0) | {id_: number for id_, number in found if id_ is not None}


def uses_of(session: Session, media_file_id: int, offset: int, limit: int) -> Sequence[Attachment]:
    """A range of the slots that show a media file, with item and page, in the order of :func:`used_in`."""
    found = (
        select(Attachment)
        .join(Attachment.item)
        .join(ContentItem.page)
        .options(contains_eager(Attachment.item).contains_eager(ContentItem.page))
        .where(Attachment.media_file_id == media_file_id)
        .order_by(Attachment.item_id, Attachment.slot)
    )
    return session.scalars(found.offset(offset).limit(limit)).all()


def uploaded_as(session: Session, media_file_id: int) -> Sequence[str]:
    """The first few names under which a media file was uploaded."""
    names = select(Upload.filename).where(Upload.media_file_id == media_file_id).group_by(Upload.filename)
    return session.scalars(names.order_by(func.min(Upload.id)).limit(NAMES_TOLD)).all()


class LatestUsage:
    """Totals for frequent use. On a large site they may be a minute old."""

    def __init__(self) -> None:
        self._kept: tuple[float, Usage] | None = None

    def __call__(self, session: Session) -> Usage:
        """The present or the cached totals."""
        if self._kept and time.monotonic() < self._kept[0]:
            return self._kept[1]
        found = usage(session)
        self._kept = (time.monotonic() + KEPT_SECONDS, found) if found.files > MANY_FILES else None
        return found
