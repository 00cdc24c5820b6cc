"""Tasks that make derivatives, and that recover those whose task or worker is lost."""

from __future__ import annotations

import shutil

import structlog
from celery import shared_task

from cms import current
from cms.extensions import db
from cms.media.derivatives import deriving, working
from cms.media.derivatives.recipe import Cost
from cms.tasks.sending import send

log = structlog.get_logger(__name__)


def send_derivatives(ids: list[int]) -> None:
    """Send the tasks of committed derivatives. If the broker is down, the recovery task sends them later."""
    found = deriving.costs(db.session(), ids)
    db.session.rollback()
    for derivative_id, cost in found.items():
        if not send(derive_slowly if cost is Cost.SLOW else derive, derivative_id):
            return  # nor would the others be


@shared_task(name="cms.derive")
def derive(derivative_id: int) -> None:
    """Make one derivative."""
    working.work(db.session(), derivative_id, current.storage(), current.settings().derived_max_bytes)


@shared_task(name="cms.derive_slowly")
def derive_slowly(derivative_id: int) -> None:
    """Make one derivative that may take a while."""
    derive.run(derivative_id)


@shared_task(name="cms.recover_derivatives", is_routine=True)
def recover_derivatives() -> None:
    """Free the derivatives of dead workers, add those that files lack, and send the waiting ones."""
    added = deriving.add_missing(db.session())
    db.session.commit()
    due = deriving.recover(db.session())
    db.session.commit()
    left = working.left_folders(db.session(), current.storage())
    db.session.rollback()
    send_derivatives(due)
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    if added or due or left:
        log.info("derivatives_recovered", files=added, sent=len(due), removed=len(left))
