"""Tasks for pages: their times to be published, and the trash."""

from __future__ import annotations

from datetime import timedelta

import structlog
from celery import shared_task
from sqlalchemy.exc import SQLAlchemyError

from cms import current
from cms.extensions import db
from cms.media import garbage
from cms.media.models import MediaFile
from cms.pages import file_trash, schedule, trash

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


def remove_file(media_file: MediaFile, editor: str | None) -> bool:
    """Delete for good a media file that is in the trash, the row first; ``False`` if it is not there any more."""
    paths = file_trash.delete_for_good(db.session(), media_file, editor)
    db.session.commit()
    for path in paths:
        garbage.remove_unnamed(db.session(), current.storage().media, path)
        db.session.commit()
    return bool(paths)


@shared_task(name="cms.empty_trash")
def empty_trash() -> None:
    """Delete for good what has been in the trash for too long. What fails is tried again within the hour."""
    kept_for = timedelta(days=current.settings().trash_days)
    while rows := trash.expired(db.session(), kept_for):
        for row in rows:
            trash.delete(db.session(), row)
        db.session.commit()
        log.info("trash_emptied", rows=len(rows))
    failed: set[int] = set()
    while files := file_trash.expired(db.session(), kept_for, failed):
        removed = 0
        for file_id in [file.id for file in files]:
            try:
                removed += remove_file(db.session.get_one(MediaFile, file_id), None)
            except (SQLAlchemyError, OSError) as error:
                db.session.rollback()
                failed.add(file_id)
                log.warning("file_not_deleted", file=file_id, error=str(error))
        log.info("trash_emptied", files=removed)
    db.session.rollback()
