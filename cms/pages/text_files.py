"""Media files that texts name: of a page, and of its items. They are in use, so garbage collection leaves them alone.

Every session keeps the rows current at its commit, in the same transaction, so that code that changes texts need not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Text, delete, event, func, inspect, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cms.database import Base
from cms.media import references
from cms.media.models import MediaFile, url_path
from cms.pages.markup import TextPicture
from cms.pages.models import ContentItem, Page, kind_named
from cms.pages.readdressing import MEDIA, paths

if TYPE_CHECKING:
    from cms.pages.documents import PageDocument

#: Keys of a session's ``info``: the pages and the items with other texts.
_PAGES, _ITEMS = "pages_with_texts", "items_with_texts"


class TextFile(Base):
    """A media file that a text of an item names, or else that of a page.

    There is no foreign key to the file, as in :class:`~cms.pages.revision_models.RevisionFile`: to check it would lock
    media files after items and pages. A file may be removed at the very moment at which a text names it.
    """

    __tablename__ = "text_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("content_item.id", ondelete="CASCADE"), index=True)
    media_file_id: Mapped[int] = mapped_column(index=True)


references.refer(select(TextFile.id).where(TextFile.media_file_id == MediaFile.id).correlate(MediaFile).exists())


def named_in(session: Session, texts: Iterable[object]) -> set[int]:
    """The ids of the media files whose addresses are those of pictures or links in these texts."""
    named = _paths(texts)
    return set(session.scalars(select(MediaFile.id).where(MediaFile.path.in_(named)))) if named else set()


def pictures(session: Session, document: PageDocument, root: str) -> dict[str, TextPicture | None]:
    """The pictures that a page's texts show, by their addresses; ``None`` for those in the trash.

    One statement; none for texts that name no file.

    Args:
        root: what the site's addresses begin with.
    """
    texts: list[object] = [document["text"]]
    for item in document["contents"]:
        texts += [item.get(name) for name in texts_of(kind_named(item["content_type"]))]
    named = _paths(texts)
    if not named:
        return {}
    columns = (
        *(MediaFile.path, MediaFile.deleted_at, MediaFile.width),
        *(MediaFile.height, MediaFile.facts, MediaFile.derived),
    )
    rows = session.execute(select(*columns).where(MediaFile.path.in_(named), MediaFile.mime_type.startswith("image/")))
    found: dict[str, TextPicture | None] = {}
    for path, deleted_at, width, height, facts, derived in rows:
        if deleted_at is not None:
            found[f"{root}{url_path(path)}"] = None
            continue
        is_still = not (facts or {}).get("animated")
        ladder = is_still and [made for made in (derived or {}).get("poster", ()) if made["mime_type"] == "image/webp"]
        if width and height:
            found[f"{root}{url_path(path)}"] = TextPicture(
                width, height, tuple((made["width"], root + made["path"]) for made in ladder or ())
            )
    return found


def naming(session: Session, media_file_id: int, limit: int) -> tuple[int, Sequence[ContentItem], Sequence[Page]]:
    """How many texts name a file, and the first of their items and pages. Those in the trash count."""
    mine = TextFile.media_file_id == media_file_id
    number = session.scalar(select(func.count()).where(mine)) or 0
    if not number:
        return 0, [], []
    items = select(ContentItem).join(TextFile, TextFile.item_id == ContentItem.id).where(mine)
    pages = select(Page).join(TextFile, TextFile.page_id == Page.id).where(mine)
    return (
        number,
        session.scalars(items.order_by(ContentItem.id).limit(limit)).all(),
        session.scalars(pages.order_by(Page.id).limit(limit)).all(),
    )


def forget(session: Session, media_file_ids: Collection[int]) -> None:
    """Forget files that are deleted for good."""
    session.execute(delete(TextFile).where(TextFile.media_file_id.in_(media_file_ids)))


def _paths(texts: Iterable[object]) -> set[str]:
    """The paths of the media files that texts name, as the store has them."""
    named = (path for text in texts if isinstance(text, str) and MEDIA in text for path in paths(text))
    return set(filter(None, named))


def texts_of(model: type[Page | ContentItem]) -> list[str]:
    """The names of the columns with Markdown."""
    if issubclass(model, Page):
        return ["text", "sharing_picture"]
    return [column.key for column in inspect(model).local_table.columns if isinstance(column.type, Text)]


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: object) -> None:
    for row in (*session.new, *filter(session.is_modified, session.dirty)):
        if not isinstance(row, Page | ContentItem):
            continue
        attributes: Any = inspect(row)
        histories = [attributes.attrs[name].history for name in texts_of(type(row))]
        changes = [history for history in histories if history.has_changes()]
        # Of a text that was not loaded nobody knows what it was.
        if any(not history.deleted and row not in session.new for history in changes) or any(
            MEDIA in text for history in changes for text in (*history.added, *history.deleted) if text
        ):
            session.info.setdefault(_PAGES if isinstance(row, Page) else _ITEMS, {})[row.id] = row


@event.listens_for(Session, "before_commit")
def _renew(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    pages, items = session.info.pop(_PAGES, {}), session.info.pop(_ITEMS, {})
    if not (pages or items):
        return
    session.execute(delete(TextFile).where(or_(TextFile.page_id.in_(pages), TextFile.item_id.in_(items))))
    for column, rows in (("page_id", pages), ("item_id", items)):
        for id_, row in rows.items():
            if inspect(row).persistent:
                texts = [getattr(row, name) for name in texts_of(type(row))]
                named = sorted(named_in(session, texts))
                session.add_all(TextFile(**{column: id_, "media_file_id": file}) for file in named)
    session.flush()


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_PAGES, None)
        session.info.pop(_ITEMS, None)
