"""Structured logs on standard output: one JSON object per line, one line per request and per task."""

from __future__ import annotations

import logging
import random
import sys
import time
from collections.abc import Iterable, MutableMapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from celery.signals import setup_logging, task_postrun, task_prerun
from flask import has_request_context, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The key of a request's id in its WSGI environment.
REQUEST_ID = "cms.request_id"

log = structlog.get_logger(__name__)


def configure() -> None:
    """Send structlog's and the standard library's logs through one formatter: JSON, or colours on a terminal."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_request_id,
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


class RequestLog:
    """WSGI middleware: gives each request an id (``X-Request-ID``) and logs the request."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        #: About how many requests were answered: threads increment this without a lock.
        self.answered = 0
        self._write = _write_coloured if sys.stdout.isatty() else _write_json

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, and log the request when the response starts."""
        started = time.perf_counter()
        # The id need not be hard to guess; this takes no system call.
        request_id = environ[REQUEST_ID] = f"{random.getrandbits(128):032x}"

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            self.answered += 1
            headers.append(("X-Request-ID", request_id))
            self._write(
                {
                    "event": "request",
                    "method": environ["REQUEST_METHOD"],
                    "path": _decoded(environ["PATH_INFO"]),
                    "status": int(status[:3]),
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                    "remote": environ.get("REMOTE_ADDR"),
                    "request_id": request_id,
                }
            )
            return start_response(status, headers, *rest)

        return self.application(environ, start)


def _decoded(path: str) -> str:
    """Decode a WSGI string (PEP 3333) as UTF-8. A link to review a page lets in whoever has it: it is not logged."""
    if path.startswith("/review/"):
        return "/review/..."
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")


def _write_json(line: dict[str, Any]) -> None:
    """Write a request's line as the formatter would, in a tenth of the time: every request pays for it."""
    line["level"], line["logger"] = "info", __name__
    line["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    sys.stdout.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE).decode())
    sys.stdout.flush()


def _write_coloured(line: dict[str, Any]) -> None:
    log.info(**line)


def _add_request_id(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the request's id to each line that is logged during it."""
    if has_request_context() and REQUEST_ID in request.environ:
        event.setdefault("request_id", request.environ[REQUEST_ID])
    return event


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Handling this signal keeps Celery from configuring the logging."""


@task_prerun.connect
def _task_starts(task_id: str, task: Any, **_: object) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id)
    task.request.started = time.perf_counter()


@task_postrun.connect
def _task_ends(task: Any, args: Any, state: str | None, **_: object) -> None:
    took = time.perf_counter() - getattr(task.request, "started", time.perf_counter())
    # Routine tasks run every few seconds. They log lines of their own when there was something to do.
    is_quiet = getattr(task, "is_routine", False) and state == "SUCCESS"
    write = log.debug if is_quiet else log.info
    write("task", task=task.name, args=list(args or ()), state=state, ms=round(took * 1000, 1))
