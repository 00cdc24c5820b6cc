"""The unbound extensions, and the setup of the databases. No connection is opened here."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any, cast
from zoneinfo import ZoneInfo

from celery import Celery, Task
from flask import Flask, has_request_context, request
from flask_babel import Babel
from flask_caching import Cache
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from cms.database import Base
from cms.page_cache import PageCache
from cms.page_views import PageViews
from cms.queue import celery_config
from cms.view_counts.counter import ViewCounter
from cms.view_counts.play_tokens import PlayTokens

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate(render_as_batch=True, compare_type=True)
cache = Cache()
csrf = CSRFProtect()
babel = Babel()
login_manager = LoginManager()


def _network() -> str:
    """Whose requests are limited together: an IPv4 address, or the network of an IPv6 address (RFC 4291, 2.5.1)."""
    address = get_remote_address()
    with suppress(ValueError):
        if (parsed := ip_address(address)).version == 6:
            return str(ip_network((parsed, 64), strict=False))
    return address


limiter = Limiter(_network)

#: Methods of requests that change nothing (RFC 9110, section 9.2.1).
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def init_database(app: Flask) -> None:
    """Bind the database. SQLite is set up for many readers beside one writer."""
    db.init_app(app)
    app.teardown_appcontext(_end_session)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _set_up_postgresql)
        event.listen(engine, "begin", _begin_postgresql)


def _end_session(_error: BaseException | None) -> None:
    """Remove the session before Flask-SQLAlchemy does: a connection lost after the last query fails no request."""
    with suppress(DBAPIError):
        db.session.remove()


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: see _begin_sqlite.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _set_up_postgresql(connection: Any, _record: object) -> None:
    """Turn off the just-in-time compiler, which costs more than it saves in statements that return few rows.

    Before a new site's tables are analyzed, PostgreSQL expects them to be large, and would spend up to a second on
    compiling the statement for a page's items.
    """
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.autocommit = False


def _begin_sqlite(connection: Connection) -> None:
    """Take SQLite's write lock at once in every transaction that may write.

    A transaction that reads first and takes the lock later fails, or loses its update, if another one has
    written in between. Only requests with a safe method read without the lock.
    """
    connection.exec_driver_sql("BEGIN" if _only_reads(connection) else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    """Read in autocommit mode: at this isolation level a transaction would read the same.

    This saves two round trips, and the server's query plans: psycopg forgets prepared statements at each ROLLBACK, and
    planning the statement for a page's items takes longer than running it.
    """
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return
    driver: Any = connection.connection.dbapi_connection
    driver.autocommit = _only_reads(connection)


def _only_reads(connection: Connection) -> bool:
    safe = has_request_context() and request.method in SAFE_METHODS
    return bool(connection.get_execution_options().get("only_reads", safe))


def init_page_views(app: Flask) -> None:
    """Bind the cache and connect it to the counters."""
    cache.init_app(app)
    with app.app_context():
        backend, engine = cast(PageCache, cache.cache), db.engine
    counter = ViewCounter(backend.redis, engine, ZoneInfo(app.config["SETTINGS"].time_zone))
    app.extensions["page_views"] = PageViews(backend, counter, engine, PlayTokens(app.config["SECRET_KEY"]))


def init_celery(app: Flask) -> Celery:
    """Create the Celery app. Its tasks run inside an app context."""

    class AppTask(Task):  # type: ignore[misc]
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=AppTask)
    celery_app.config_from_object(celery_config(app.config["SETTINGS"]))
    celery_app.set_default()
    app.extensions["celery"] = celery_app
    return celery_app
