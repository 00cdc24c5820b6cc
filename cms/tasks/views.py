"""The task that adds buffered views to the counters."""

from __future__ import annotations

import structlog
from celery import shared_task

from cms import current
from cms.extensions import db
from cms.view_counts import buffer, flush

log = structlog.get_logger(__name__)


@shared_task(name="cms.flush_views", is_routine=True)
def flush_views() -> None:
    """Add the buffered views to the counters, with the batches that an earlier flush left behind."""
    page_views = current.page_views()
    page_views.cache.pending.flush()
    redis = page_views.counter.redis
    if flush.is_of_another_database(db.session(), redis):
        log.warning("database_restored")
        page_views.start_over()
    if missed := buffer.resolve(db.session(), redis, page_views.counter.today()):
        log.info("views_settled", missed=missed)
    db.session.commit()
    flush.start_batch(redis)
    for batch in buffer.waiting_batches(redis):
        added = flush.apply_batch(db.session(), redis, batch)
        db.session.commit()
        flush.end_batch(redis, batch)
        log.info("views_flushed", batch=batch, views=added)
