"""Keeps the words of media files current: every commit renews those that it may have changed, in its transaction.

Rows are locked before they are made anew, so that of two commits that change one file's words the second one sees what
the first has written. Statements that bypass the session are made up for by :func:`rebuild`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, bindparam, event, func, inspect, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from cms.database import Transactions
from cms.media.models import MediaFile, Upload
from cms.media.tagging import MediaTag, Tag
from cms.pages import trash
from cms.pages.models import Attachment, ContentItem, Page
from cms.search.folding import fold, without_digest
from cms.search.models import MediaSearch

#: How many names of uploads, and how many items, a file is found by: the newest ones.
MOST_NAMES, MOST_ITEMS = 200, 500
#: How many files are read at once.
BATCH = 500

#: Keys of a session's ``info``: files, and items and pages whose files have other words now.
_FILES, _ITEMS, _PAGES = "search_files", "search_items", "search_pages"
#: What is looked at in rows of each table.
_WATCHED: dict[type[Any], tuple[str, ...]] = {
    Upload: ("media_file_id", "filename"),
    Attachment: ("media_file_id",),
    MediaTag: ("media_file_id",),
    MediaFile: ("title", "path"),
    ContentItem: ("title", "page_id", "deleted_at"),
    Page: ("title", "deleted_at"),
}


@event.listens_for(Session, "before_flush")
def _note_deleted(session: Session, _context: object, _rows: object) -> None:
    """The database deletes attachments with their items, and does not say which."""
    items = [row.id for row in session.deleted if isinstance(row, ContentItem)]
    pages = [row.id for row in session.deleted if isinstance(row, Page)]
    if items or pages:
        with session.no_autoflush:
            session.info.setdefault(_FILES, set()).update(_shown_by(session, items, pages))


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: object) -> None:
    files, items, pages = (session.info.setdefault(key, set()) for key in (_FILES, _ITEMS, _PAGES))
    deleted = set(session.deleted)
    for row in (*session.new, *filter(session.is_modified, session.dirty), *deleted):
        attributes: Any = inspect(row)
        watched = _WATCHED.get(_table_of(row), ())
        if row not in deleted and not any(attributes.attrs[name].history.has_changes() for name in watched):
            continue
        match row:
            case Upload() | Attachment() | MediaTag():
                files.update(attributes.attrs.media_file_id.history.sum())
            case MediaFile():
                files.add(row.id)
            case ContentItem():
                items.add(row.id)
            case Page():
                pages.add(row.id)


def _table_of(row: object) -> type[Any]:
    return ContentItem if isinstance(row, ContentItem) else type(row)


@event.listens_for(Session, "before_commit")
def _renew(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    files, items, pages = (session.info.pop(key, set()) for key in (_FILES, _ITEMS, _PAGES))
    if items or pages:
        files.update(_shown_by(session, items, pages))
    ids = sorted(files - {None})
    for start in range(0, len(ids), BATCH):
        index(session, ids[start : start + BATCH])


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        for key in (_FILES, _ITEMS, _PAGES):
            session.info.pop(key, None)


def index(session: Session, media_file_ids: Collection[int]) -> None:
    """Make the words of these media files anew."""
    ids = {"ids": list(media_file_ids)}
    files = {id_: [without_digest(path.rsplit("/", 1)[-1]), title] for id_, path, title in session.execute(_NAMED, ids)}
    if not files:
        return
    ids = {"ids": list(files)}
    before = dict(session.execute(_WORDS, ids).tuples().all())
    if missing := sorted(files.keys() - before):
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        rows = [{"media_file_id": id_, "words": ""} for id_ in missing]
        session.execute(insert(MediaSearch).on_conflict_do_nothing(), rows)
        before = dict(session.execute(_WORDS, ids).tuples().all())
    for source in _SOURCES:
        for id_, *texts in session.execute(source, ids):
            files[id_] += texts
    now = {id_: "\n".join(dict.fromkeys(fold(text) for text in files[id_] if text)) for id_ in before}
    changed = [{"media_file_id": id_, "words": words} for id_, words in now.items() if words != before[id_]]
    if changed:
        session.execute(update(MediaSearch), changed)


def _shown_by(session: Session, items: Collection[int], pages: Collection[int]) -> Iterable[int | None]:
    """The files that these items show, and the items on these pages."""
    return session.scalars(_SHOWN_BY, {"items": list(items), "pages": list(pages)})


def _uploaded_as() -> Select[Any]:
    newest = func.row_number().over(partition_by=Upload.media_file_id, order_by=func.max(Upload.id).desc())
    names = select(Upload.media_file_id, Upload.filename, newest.label("place")).where(_among(Upload.media_file_id))
    names_ = names.group_by(Upload.media_file_id, Upload.filename).subquery().c
    return select(names_.media_file_id, names_.filename).where(names_.place <= MOST_NAMES).order_by(names_.place)


def _tagged() -> Select[Any]:
    named = select(MediaTag.media_file_id, Tag.name).join(Tag, Tag.id == MediaTag.tag_id)
    return named.where(_among(MediaTag.media_file_id)).order_by(Tag.key)


def _shown_as() -> Select[Any]:
    newest = func.row_number().over(partition_by=Attachment.media_file_id, order_by=Attachment.item_id.desc())
    uses = select(Attachment.media_file_id, Attachment.item_id, newest.label("place"))
    use = uses.where(_among(Attachment.media_file_id)).subquery().c
    shown = select(use.media_file_id, ContentItem.title, Page.title)
    shown = shown.join(ContentItem, ContentItem.id == use.item_id).join(Page, Page.id == ContentItem.page_id)
    return shown.where(use.place <= MOST_ITEMS, trash.is_kept(ContentItem)).order_by(use.place)


def _among(column: Any, name: str = "ids") -> ColumnElement[bool]:
    return cast(ColumnElement[bool], column.in_(bindparam(name, expanding=True)))


# Made once: every commit asks them, and making them took most of its time.
_SOURCES = (_uploaded_as(), _tagged(), _shown_as())
_NAMED = select(MediaFile.id, MediaFile.path, MediaFile.title).where(_among(MediaFile.id))
_WORDS = (
    select(MediaSearch.media_file_id, MediaSearch.words)
    .where(_among(MediaSearch.media_file_id))
    .order_by(MediaSearch.media_file_id)
    .with_for_update()
)
_SHOWN_BY = (
    select(Attachment.media_file_id)
    .join(ContentItem, ContentItem.id == Attachment.item_id)
    .where(or_(_among(ContentItem.id, "items"), _among(ContentItem.page_id, "pages")))
)


def add_missing(transactions: Transactions) -> None:
    """Make the words of files that have none: an earlier release has stored them, while the site was updated."""
    has_none = ~select(MediaSearch.media_file_id).where(MediaSearch.media_file_id == MediaFile.id).exists()
    while True:
        with transactions() as session:
            ids = session.scalars(select(MediaFile.id).where(has_none).order_by(MediaFile.id).limit(BATCH)).all()
            index(session, ids)
        if not ids:
            return


def rebuild(transactions: Transactions) -> Iterator[int]:
    """Make the words of all media files anew, in many transactions. Yields how many were done."""
    last = 0
    while True:
        with transactions() as session:
            some = select(MediaFile.id).where(MediaFile.id > last).order_by(MediaFile.id).limit(BATCH)
            ids = session.scalars(some).all()
            index(session, ids)
        if not ids:
            return
        last = ids[-1]
        yield len(ids)
