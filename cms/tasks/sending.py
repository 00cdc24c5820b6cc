"""How the tasks of committed rows are sent."""

from __future__ import annotations

import structlog
from celery import Task
from kombu.exceptions import OperationalError
from redis import RedisError

log = structlog.get_logger(__name__)


def send(task: Task, row_id: int | str) -> bool:
    """Send the task of a row. Return whether the broker has it: if not, the recovery sends it later."""
    try:
        task.delay(row_id)
    except (OperationalError, RedisError, RuntimeError, OSError) as error:
        log.warning("task_not_sent", task=task.name, id=row_id, error=str(error))
        return False
    return True
