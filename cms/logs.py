"""Structured logs: one JSON object a line on standard output, one line a request and one a task."""

from __future__ import annotations

import logging
import sys
import time
import uuid
from typing import Any

import orjson
import structlog
from celery.signals import setup_logging, task_postrun, task_prerun
from flask import Flask, Response, g, request

log = structlog.get_logger(__name__)


def configure() -> None:
    """Send structlog's and the standard library's logs through one formatter: JSON, or colours on a terminal."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Any] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(serializer=lambda value, **kw: orjson.dumps(value, **kw).decode()),
    ]
    if sys.stdout.isatty():
        renderer = [structlog.dev.ConsoleRenderer()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in ("alembic", "celery.beat", "celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(name).setLevel(logging.WARNING)


def log_requests(app: Flask) -> None:
    """Give each request an id (``X-Request-ID``) and write its line."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()
        g.request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        if "request_id" in g:
            response.headers["X-Request-ID"] = g.request_id
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((time.perf_counter() - g.started) * 1000, 1),
                remote=request.remote_addr,
            )
        return response


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """With this signal handled, Celery leaves the logging as it is."""


@task_prerun.connect
def _task_starts(task_id: str, task: Any, **_: object) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id)
    task.request.started = time.perf_counter()


@task_postrun.connect
def _task_ends(task: Any, args: Any, state: str | None, **_: object) -> None:
    took = time.perf_counter() - getattr(task.request, "started", time.perf_counter())
    log.info("task", task=task.name, args=list(args or ()), state=state, ms=round(took * 1000, 1))
