"""Flushing views from Redis to the database, compared with one bulk UPDATE of as many rows."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from bench import data
from bench.servers import Databases, Site
from bench.table import Result, alternate, at_most
from cms import tasks
from cms.pages.models import ContentItem
from cms.view_counts import buffer

ITEMS = 10_000
VIEWS = 1_000_000


def flush(_names: Collection[str], databases: Databases) -> Iterator[Result]:
    """The flush of a million views over ten thousand items, and how its statements grow with the views."""
    for database in databases.names:
        with Site(databases.new(database)) as product:
            data.fill(product.engine, ITEMS // data.ITEMS_PER_PAGE)
            product.start("redis")
            _flush(product, ITEMS)
            figures = alternate({"flush": lambda: _flush(product, VIEWS)[0], "update": lambda: _update(product)})
            many, few = _flush(product, VIEWS)[1], _flush(product, ITEMS)[1]
        yield Result(
            f"flush of 1,000,000 views over 10,000 items, {database}",
            "ms",
            figures["flush"],
            figures["update"],
            at_most(3.0),
        )
        yield Result(f"  its statements, against those for 10,000 views, {database}", "", [many], [few], at_most(1.0))


def _flush(site: Site, count: int) -> tuple[float, int]:
    """Flush, and return milliseconds and the number of statements. Every view must have arrived."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    each = count // ITEMS
    with site.redis as redis:
        redis.hset(buffer.BUFFER, mapping={str(item): each for item in range(1, ITEMS + 1)})
    before = _views(site)
    event.listen(site.engine, "before_cursor_execute", note)
    with site.app.app_context():
        started = time.perf_counter()
        tasks.flush_views.run()
        seconds = time.perf_counter() - started
    event.remove(site.engine, "before_cursor_execute", note)
    assert _views(site) - before == count
    return seconds * 1000, len(statements)


def _update(site: Site) -> float:
    """Milliseconds of one UPDATE and its commit."""
    before = _views(site)
    with site.engine.connect() as connection:
        started = time.perf_counter()
        connection.execute(
            update(ContentItem.__table__)
            .where(ContentItem.id <= ITEMS)
            .values(counter=ContentItem.counter + 1, updated_at=ContentItem.updated_at)
        )
        connection.commit()
        seconds = time.perf_counter() - started
    assert _views(site) - before == ITEMS
    return seconds * 1000


def _views(site: Site) -> int:
    with Session(site.engine) as session:
        return session.scalar(select(func.sum(ContentItem.counter))) or 0
