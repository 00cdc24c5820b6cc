"""Any number of pages with items and files, made by the database in a few statements."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Integer,
    Select,
    String,
    Table,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    text,
)

from cms.database import Url, now
from cms.media import mediatypes, probe
from cms.media.models import MediaFile, Upload, UploadStatus
from cms.pages.models import Attachment, ContentItem, Page, Slot, kinds
from tests.factories import EXTENSIONS

ITEMS_PER_PAGE = 5
PARAGRAPH = "Some **words** about what is heard and seen here, long enough for a line or two on the page. " * 2
# Pages with the same time of creation, by which the list is sorted.
_AT_ONCE = 1000


def fill(engine: Engine, pages: int) -> None:
    """Make published pages ``page-1`` … of five items each, of every kind in turn, with a completed upload and a
    media file in each required slot. The media files have rows, but no bytes on disk."""
    with engine.execution_options(only_reads=False).begin() as connection:
        for first in range(1, pages + 1, _AT_ONCE):
            _add_pages(connection, first, min(first + _AT_ONCE - 1, pages))
        _add_items(connection, pages * ITEMS_PER_PAGE)
        for kind in kinds():
            for slot in kind.slots:
                if not slot.optional:
                    _add_files(connection, kind, slot)
    settle(engine)


def add_media_files(engine: Engine, count: int) -> None:
    """Add rows of media files that no item shows."""
    number = _numbers(1, count)
    with engine.execution_options(only_reads=False).begin() as connection:
        _insert(
            connection,
            MediaFile.__table__,
            number,
            digest=_digest(connection),
            size=literal(1_000_000),
            mime_type=literal("video/mp4"),
            path=literal("2026/01/02/video/other-") + cast(number.c.i, String),
            probe_version=literal(probe.VERSION),
        )
    settle(engine)


def settle(engine: Engine) -> None:
    """Do now what a database does at some time after many writes, rather than while we measure."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))
    else:
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _add_pages(connection: Connection, first: int, last: int) -> None:
    number = _numbers(first, last)
    digits = cast(number.c.i, String)
    _insert(
        connection,
        Page.__table__,
        number,
        title=literal("Page ") + digits,
        title_key=literal("page ") + digits,
        slug=literal("page-") + digits,
        text=literal(PARAGRAPH),
        is_published=literal(True, Boolean),
        created_at=literal(now() + timedelta(seconds=first), Page.created_at.type),
    )


def _add_items(connection: Connection, count: int) -> None:
    number = _numbers(1, count)
    digits = cast(number.c.i, String)
    names = [kind.__tablename__ for kind in kinds()]
    _insert(
        connection,
        ContentItem.__table__,
        number,
        page_id=cast((number.c.i - 1) // ITEMS_PER_PAGE + 1, Integer),
        content_type=case(dict(enumerate(names)), value=number.c.i % len(names), else_=names[0]),
        order=cast((number.c.i - 1) % ITEMS_PER_PAGE, Integer),
        title=literal("Item ") + digits,
        title_key=literal("item ") + digits,
    )
    for kind in kinds():
        table = kind.__table__
        words = {
            name: literal(PARAGRAPH)
            for name in kind.columns()
            if isinstance(table.c[name].type, String) and not isinstance(table.c[name].type, Url)
        }
        base = ContentItem.__table__.alias()
        _insert(connection, table, base, base.c.content_type == kind.__tablename__, id=base.c.id, **words)


def _add_files(connection: Connection, kind: type[ContentItem], slot: Slot) -> None:
    kept = mediatypes.BY_EXTENSION[EXTENSIONS[slot.accepts]]
    item, media, upload = ContentItem.__table__.alias(), MediaFile.__table__.alias(), Upload.__table__.alias()
    of_kind = item.c.content_type == kind.__tablename__
    name = literal("made-") + cast(item.c.id, String) + literal(f".{kept.extension}")
    path = literal(f"2026/01/02/{kind.__tablename__}/") + name
    _insert(
        connection,
        MediaFile.__table__,
        item,
        of_kind,
        digest=_digest(connection),
        size=literal(1_000_000),
        mime_type=literal(kept.mime),
        path=path,
        probe_version=literal(probe.VERSION),  # there is no file to probe
    )
    _insert(
        connection,
        Upload.__table__,
        item.join(media, media.c.path == path),
        of_kind,
        item_id=item.c.id,
        kind=literal(kind.__tablename__),
        slot=literal(slot.name),
        filename=name,
        filename_key=name,
        size=media.c.size,
        status=literal(UploadStatus.COMPLETED.value),
        media_file_id=media.c.id,
    )
    _insert(
        connection,
        Attachment.__table__,
        upload,
        (upload.c.kind == kind.__tablename__) & (upload.c.slot == slot.name),
        item_id=upload.c.item_id,
        slot=upload.c.slot,
        media_file_id=upload.c.media_file_id,
        upload_id=upload.c.id,
    )


def _insert(
    connection: Connection,
    table: FromClause,
    source: FromClause,
    *where: ColumnElement[bool],
    **values: ColumnElement[Any],
) -> None:
    """Insert a row for each row of ``source``. Columns without a value get the model's default."""
    assert isinstance(table, Table)
    rows: Select[Any] = select(*values.values()).select_from(source).where(*where)
    connection.execute(insert(table).from_select(list(values), rows, include_defaults=True))


def _numbers(first: int, last: int) -> CTE:
    """The numbers from ``first`` to ``last``."""
    numbers = select(literal(first).label("i")).cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < last))


def _digest(connection: Connection) -> ColumnElement[str]:
    """64 random hexadecimal digits, different in each row."""
    if connection.dialect.name == "sqlite":
        return func.lower(func.hex(func.randomblob(32)))
    return func.concat(func.md5(cast(func.random(), String)), func.md5(cast(func.random(), String)))
