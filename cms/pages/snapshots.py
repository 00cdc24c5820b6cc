"""A page with its items as plain data: what a revision keeps, and a page is brought back to.

Counters and times of changes are left out. Files are named by the ids of their rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypedDict, cast

import orjson
from sqlalchemy import ColumnElement, Date, DateTime, Numeric, Table, select
from sqlalchemy.orm import Session

from cms.media.models import MediaFile, Original, Upload
from cms.media.tagging import as_known
from cms.pages.models import Attachment, ContentItem, Page, kinds


class FileSnapshot(TypedDict):
    """A file in a place of an item: its media file, and the upload that may still become one."""

    place: str
    position: int
    media_file: int | None
    upload: int | None
    texts: dict[str, str] | None
    encoding: str | None


class ItemSnapshot(TypedDict):
    """An item. ``fields`` has the columns of its kind."""

    id: int
    kind: str
    title: str
    language: str | None
    order: int
    is_active: bool
    fields: dict[str, Any]
    files: list[FileSnapshot]


class Schedule(TypedDict, total=False):
    """The times at which a page is published and unpublished, as ISO 8601 has them; older revisions have none."""

    publish_at: str | None
    unpublish_at: str | None


class PageSnapshot(Schedule):
    """A page with the items that were not in the trash, in order."""

    title: str
    slug: str
    text: str
    language: str | None
    tags: list[str]
    sharing_picture: str
    is_published: bool
    items: list[ItemSnapshot]


#: What a snapshot has of a page itself, apart from whether and when it is published.
PAGE_FIELDS = ("title", "slug", "text", "language", "tags", "sharing_picture")
SCHEDULE: tuple[Literal["publish_at", "unpublish_at"], ...] = ("publish_at", "unpublish_at")
#: What a page had before its column was there, and mostly has. It is not written, so that older revisions are the same.
_USUAL: dict[str, Any] = {"tags": [], "sharing_picture": ""}


def written(snapshot: PageSnapshot) -> bytes:
    """A snapshot as JSON. Equal snapshots are equal bytes."""
    told = {name: value for name, value in snapshot.items() if name not in _USUAL or value != _USUAL[name]}
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def read(content: bytes) -> PageSnapshot:
    """The snapshot that was written like that."""
    return cast(PageSnapshot, {**_USUAL, **orjson.loads(content)})


def fields_of(session: Session, snapshot: PageSnapshot) -> dict[str, Any]:
    """What a snapshot has of a page itself. Tags are as they are written by now."""
    fields = {name: snapshot[name] for name in PAGE_FIELDS}  # type: ignore[literal-required]
    return fields | {"tags": as_known(session, snapshot["tags"])}


def take(session: Session, page: Page) -> PageSnapshot:
    """The page as it is now in this transaction. Two statements, and one for each kind on it."""
    session.flush()
    return {
        "title": page.title,
        "slug": page.slug,
        "text": page.text,
        "language": page.language,
        "tags": page.tags,
        "sharing_picture": page.sharing_picture,
        "is_published": page.is_published,
        **times_of(page),
        "items": take_items(session, ContentItem.page_id == page.id, ContentItem.deleted_at.is_(None)),
    }


def times_of(page: Page) -> Schedule:
    """When a page is published and unpublished."""
    publish_at, unpublish_at = page.publish_at, page.unpublish_at
    return {
        "publish_at": publish_at.isoformat() if publish_at else None,
        "unpublish_at": unpublish_at.isoformat() if unpublish_at else None,
    }


def take_items(session: Session, *which: ColumnElement[bool]) -> list[ItemSnapshot]:
    """Items in the order of their page. Rows are read and no objects made, which each saving of a form waits for.

    Others may commit between the statements, so the first one says which items these are. One that has been deleted
    for good since is left out.
    """
    found = select(ContentItem.__table__).where(*which).order_by(ContentItem.order, ContentItem.id)
    items = session.execute(found).all()
    files: dict[int, list[FileSnapshot]] = {item.id: [] for item in items}
    fields: dict[int, dict[str, Any]] = {}
    for kind in kinds():
        if mine := [item.id for item in items if item.content_type == kind.__tablename__]:
            names, table = kind.columns(), cast(Table, kind.__table__)
            for row in session.execute(select(table).where(table.c.id.in_(mine))).mappings():
                fields[row["id"]] = {name: _plain(row[name]) for name in names}
            items = [item for item in items if item.content_type != kind.__tablename__ or item.id in fields]
    attached = select(Attachment.__table__).where(Attachment.item_id.in_(files))
    for row in session.execute(attached).mappings():
        files[row["item_id"]].append(
            {
                "place": row["slot"],
                "position": row["position"],
                "media_file": row["media_file_id"],
                "upload": row["upload_id"],
                "texts": row["texts"],
                "encoding": row["encoding"],
            }
        )
    return [
        {
            "id": item.id,
            "kind": item.content_type,
            "title": item.title,
            "language": item.language,
            "order": item.order,
            "is_active": item.is_active,
            "fields": fields.get(item.id, {}),
            "files": sorted(files[item.id], key=lambda file: (file["place"].partition(":")[0], file["position"])),
        }
        for item in items
    ]


def take_item(session: Session, item: ContentItem) -> ItemSnapshot:
    """An item as it is now in this transaction, also in the trash."""
    session.flush()
    (snapshot,) = take_items(session, ContentItem.id == item.id)
    return snapshot


def fill(session: Session, item: ContentItem, snapshot: ItemSnapshot) -> int:
    """Give an item the fields and files of a snapshot. Returns how many of its files are gone."""
    item.title, item.language = snapshot["title"], snapshot["language"]
    item.order, item.is_active = snapshot["order"], snapshot["is_active"]
    for name, value in typed(type(item), snapshot["fields"]).items():
        if getattr(item, name) != value:  # which loads it: the audit log has what has changed, and nothing else
            setattr(item, name, value)
    files = {file["place"]: file for file in snapshot["files"]}
    for place in set(item.attachments) - set(files):
        item.attachments.pop(place)
    return sum(not _attach(session, item, file) for file in files.values())


def named_files(session: Session, files: Sequence[FileSnapshot]) -> list[int | None]:
    """The media file of each: what its upload has become since, or else the one that was shown then."""
    uploads = select(Upload.id, Upload.media_file_id).where(Upload.id.in_({file["upload"] for file in files}))
    completed = dict(session.execute(uploads).tuples().all())
    return [completed.get(file["upload"] or 0) or file["media_file"] for file in files]


def _attach(session: Session, item: ContentItem, file: FileSnapshot) -> bool:
    """Put a file into its place; ``False`` if it is gone."""
    upload = session.get(Upload, file["upload"] or 0)
    # What was uploaded may not have been completed then.
    media_file = _shown(session, upload.media_file_id if upload else None) or _shown(session, file["media_file"])
    is_gone = media_file is None and upload is None
    attachment = item.attachments.get(file["place"])
    if attachment is None:
        if is_gone:
            return False
        attachment = item.attachments[file["place"]] = Attachment(slot=file["place"])
    attachment.position, attachment.texts = file["position"], file["texts"]
    if not is_gone and (attachment.media_file, attachment.upload) != (media_file, upload):
        attachment.media_file, attachment.upload = media_file, upload
        attachment.encoding, attachment.source = file["encoding"], None
    return not is_gone


def _shown(session: Session, media_file_id: int | None) -> MediaFile | None:
    """The media file with that id. In place of an original it is the copy that visitors get."""
    return for_visitors(session, session.get(MediaFile, media_file_id or 0))


def for_visitors(session: Session, found: MediaFile | None) -> MediaFile | None:
    """The file itself, or in place of an original the copy that visitors get."""
    if found is not None and found.is_private:
        found = session.scalar(
            select(MediaFile)
            .join(Original, Original.shown_id == MediaFile.id)
            .where(Original.media_file_id == found.id)
        )
    return found


def copies(session: Session, media_file_ids: Collection[int]) -> dict[int, int]:
    """The same by ids: for each of these originals the copy that visitors get."""
    found = select(Original.media_file_id, Original.shown_id).where(Original.media_file_id.in_(media_file_ids))
    return dict(session.execute(found).tuples().all())


def _plain(value: Any) -> Any:
    """A column's value as JSON has it."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def typed(kind: type[ContentItem], fields: dict[str, Any]) -> dict[str, Any]:
    """The values of the kind's columns from JSON. Columns that there are no more are left out."""
    columns = cast(Table, kind.__table__).columns
    return {name: _typed(columns[name].type, fields[name]) for name in kind.columns() if name in fields}


def _typed(kind: Any, value: Any) -> Any:
    """The value of a column of that type, from JSON."""
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(kind, Numeric) and kind.asdecimal else value
