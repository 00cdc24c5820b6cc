"""What a commit has changed is forgotten from the cache: no editor's code has to think of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from redis import RedisError
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from cms.caching import PAGES, DocumentCache, page_tag
from cms.models import Attachment, ContentItem, Page

log = structlog.get_logger(__name__)


def watch(session_class: type[Session] | Any, backend: Callable[[], DocumentCache]) -> None:
    """Collect at each flush the tags of what changed, hold them before the commit, release them after it.

    A change that Redis could not be told is remembered by Redis's own restart: see :func:`cms.caching._on_connect`.
    """

    @event.listens_for(session_class, "after_flush")
    def collect(session: Session, _context: object) -> None:
        tags = session.info.setdefault("changed_tags", set())
        for row in (*session.new, *session.dirty, *session.deleted):
            tags.update(_tags_of(row))

    @event.listens_for(session_class, "before_commit")
    def hold(session: Session) -> None:
        if session.in_nested_transaction():
            return  # a savepoint: others see nothing of it yet
        session.flush()
        if tags := session.info.get("changed_tags"):
            session.info["hold"] = secrets.token_hex(8)
            _try(lambda: backend().hold(tags, session.info["hold"]))

    @event.listens_for(session_class, "after_commit")
    @event.listens_for(session_class, "after_rollback")
    def release(session: Session) -> None:
        if session.in_nested_transaction():
            return
        tags = session.info.pop("changed_tags", None)
        owner = session.info.pop("hold", None)
        if tags and owner:
            _try(lambda: backend().release(tags, owner))


def _tags_of(row: object) -> Iterable[str]:
    if isinstance(row, Page):
        return (PAGES, page_tag(row.id))
    if isinstance(row, Attachment):
        row = row.item
    if isinstance(row, ContentItem):
        history = inspect(row).attrs.page_id.history
        return (PAGES, *(page_tag(page_id) for page_id in {*history.sum(), row.page_id} if page_id))
    return ()


def _try(tell: Callable[[], None]) -> None:
    try:
        tell()
    except RedisError as error:
        log.warning("cache_not_told", error=str(error))
