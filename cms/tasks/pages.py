"""Tasks for pages: their times to be published, and the trash."""

from __future__ import annotations

from datetime import timedelta

import structlog
from celery import shared_task

from cms import current
from cms.extensions import db
from cms.pages import schedule, trash

log = structlog.get_logger(__name__)


@shared_task(name="cms.publish_pages")
def publish_pages() -> None:
    """Publish and unpublish the pages whose time has come."""
    while pages := schedule.run_due(db.session()):
        told = [(page.id, page.is_published) for page in pages]
        db.session.commit()
        for page_id, is_published in told:
            log.info("page_published" if is_published else "page_unpublished", page=page_id)
    db.session.rollback()


@shared_task(name="cms.empty_trash")
def empty_trash() -> None:
    """Delete for good what has been in the trash for too long. What fails is tried again within the hour."""
    kept_for = timedelta(days=current.settings().trash_days)
    while rows := trash.expired(db.session(), kept_for):
        for row in rows:
            trash.delete(db.session(), row)
        db.session.commit()
        log.info("trash_emptied", rows=len(rows))
    db.session.rollback()
