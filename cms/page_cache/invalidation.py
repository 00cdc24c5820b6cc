"""Every commit invalidates the cached responses of what it changes, so that other code need not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import structlog
from redis import RedisError
from sqlalchemy import CompoundSelect, event, inspect, literal, select, union_all
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cms.media.derivatives import preparing
from cms.media.models import MediaFile, Upload
from cms.page_cache import PAGES, PageCache, page_tag
from cms.pages.models import Attachment, ContentItem, Page
from cms.pages.replacement_models import replaced_by
from cms.pages.revision_models import RevisionFile
from cms.pages.text_files import TextFile

log = structlog.get_logger(__name__)


def watch(session_class: type[Session] | Any, backend: Callable[[], PageCache]) -> None:
    """Collect the tags of what changed at each flush, hold them before the commit, and release them after it.

    If Redis cannot be told of a change, everything is invalidated later: see :mod:`cms.page_cache.pending`.
    """

    @event.listens_for(session_class, "after_flush")
    def collect(session: Session, _context: object) -> None:
        tags = session.info.setdefault("changed_tags", set())
        items = session.info.setdefault("changed_items", set())
        for row in (*session.new, *session.dirty, *session.deleted):
            tags.update(_tags_of(row))
            if isinstance(row, ContentItem | Attachment):
                items.add(row.id if isinstance(row, ContentItem) else row.item_id)
        files = [row.id for row in session.dirty if isinstance(row, MediaFile) and _looks_different(row)]
        files += [row.media_file_id for row in (*session.new, *session.dirty) if preparing.may_have_changed(row)]
        for item_id, page_id in session.connection().execute(_showing(files)) if files else ():
            if item_id:
                items.add(item_id)
            tags.update((PAGES, page_tag(page_id)))

    @event.listens_for(session_class, "before_commit")
    def hold(session: Session) -> None:
        if session.in_nested_transaction():
            return  # a savepoint, which others do not see yet
        session.flush()
        if session.info.get("changed_tags"):
            session.info["hold"] = secrets.token_hex(8)
            tell(session, backend().hold)

    @event.listens_for(session_class, "after_commit")
    def release(session: Session) -> None:
        if not session.in_nested_transaction():
            look_again(session)
            tell(session, backend().release)
            forget(session)

    @event.listens_for(session_class, "after_rollback")
    def hold_on(session: Session) -> None:
        # If the connection broke at the commit, the commit may still succeed: the hold is left to expire.
        if not session.in_nested_transaction():
            tell(session, backend().hold)
            forget(session)

    def look_again(session: Session) -> None:
        # Another transaction may have moved an item to a page that this one did not know of.
        if items := session.info.get("changed_items"):
            pages = select(ContentItem.page_id).where(ContentItem.id.in_(items)).distinct()
            try:
                with session.get_bind().engine.connect() as connection:
                    connection = connection.execution_options(only_reads=True)
                    session.info["changed_tags"].update(map(page_tag, connection.scalars(pages)))
            except SQLAlchemyError as error:
                log.warning("pages_not_looked_at", error=str(error))
                backend().pending.mark()

    def tell(session: Session, what: Callable[[Iterable[str], str], None]) -> None:
        tags, owner = session.info.get("changed_tags"), session.info.get("hold")
        if not (tags and owner):
            return
        try:
            what(tags, owner)
        except RedisError as error:
            log.warning("cache_not_told", error=str(error))
            backend().pending.mark()
            with suppress(RedisError):
                backend().drop(tags)

    def forget(session: Session) -> None:
        session.info.pop("changed_tags", None)
        session.info.pop("changed_items", None)
        session.info.pop("hold", None)


def _looks_different(media_file: MediaFile) -> bool:
    """Whether it was probed anew, a derivative was made of it, it was deleted, or what items inherit has changed."""
    attributes = inspect(media_file).attrs
    return any(
        attributes[name].history.has_changes() for name in ("probe_version", "derived", "alt", "credit", "deleted_at")
    )


def _showing(media_file_ids: list[int]) -> CompoundSelect[tuple[int, int]]:
    """The ids of the items that show these media files, and of their pages; 0 and a page of whose items visitors do.

    What visitors see may have been uploaded, or have taken another file's place, since the revision was kept.
    """
    shown = Attachment.media_file_id.in_(media_file_ids)
    live = select(literal(0), Page.id).join(RevisionFile, RevisionFile.revision_id == Page.live_revision_id)
    uploaded = live.join(Upload, Upload.id == RevisionFile.upload_id)
    items = select(ContentItem.id, ContentItem.page_id).join(Attachment).where(shown)
    named = TextFile.media_file_id.in_(media_file_ids)
    return union_all(
        items,
        select(ContentItem.id, ContentItem.page_id).join(TextFile, TextFile.item_id == ContentItem.id).where(named),
        select(literal(0), TextFile.page_id).where(named, TextFile.page_id.is_not(None)),
        live.where(RevisionFile.media_file_id.in_(replaced_by(media_file_ids))),
        uploaded.where(Upload.media_file_id.in_(media_file_ids)),
    )


def _tags_of(row: object) -> Iterable[str]:
    if isinstance(row, Page):
        return (PAGES, page_tag(row.id))
    if isinstance(row, Attachment):
        row = row.item
    if isinstance(row, ContentItem):
        history = inspect(row).attrs.page_id.history
        return (PAGES, *(page_tag(page_id) for page_id in {*history.sum(), row.page_id} if page_id))
    return ()
