"""The two kinds of copies: SQLite with the embedded Redis, PostgreSQL with a Redis server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.faults.processes import Fleet
from tests.servers import PostgresServer, RedisServer, missing

KINDS = ("embedded", "servers")


@contextmanager
def started(kind: str, **settings: str) -> Iterator[Fleet]:
    """A running copy with all its servers. The test is skipped if the machine lacks one of them."""
    for server in ("redis", "postgresql") if kind == "servers" else ("redis",):
        if reason := missing(server):
            pytest.skip(reason)
    with ExitStack() as stack:
        if kind == "embedded":
            fleet = Fleet(**settings)
        else:
            postgres = PostgresServer()
            stack.callback(postgres.remove)
            postgres.start()
            fleet = Fleet(postgres, RedisServer(sync="always"), **settings)
        stack.callback(fleet.remove)
        yield fleet.start()
