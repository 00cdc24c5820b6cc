"""The last release's site, put where this release finds it: into a database, a Redis and folders of its own."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from redis import Redis
from sqlalchemy import Connection, Integer, MetaData, StaticPool, create_engine, insert, select, text

from tests.elsewhere import flask
from tests.faults.processes import Fleet
from tests.waiting import eventually

RELEASE = Path(__file__).parent / "release"
#: How long the site has been stopped: longer than any lease, and than any pause before another attempt.
STOPPED = timedelta(minutes=15)
#: What the migrations and the triggers of a database keep by themselves.
KEPT_BY_ITSELF = {"alembic_version", "published_block"}


class UpdatedSite(Fleet):
    """A copy of the product that finds the last release's site when it starts."""

    def start(self) -> UpdatedSite:
        self.redis.start()
        self.prepare()
        for name in ("web", "worker-1", "beat"):
            self.run(name)
        assert eventually(self.ready), self.logs()
        return self

    def prepare(self) -> None:
        self.environ["STAGING_GRACE_SECONDS"] = "86400"  # as usual, for files that are kept for a retry
        self._load_database(_statements())
        with self.redis_client() as redis:
            _load_redis(redis)
            if self.postgres:  # a server of its own has gone on meanwhile; the embedded one is another run of it
                redis.set("cache:run", redis.info("server")["run_id"])
        for name, root in (("media", self.media_root), ("staging", self.staging_root)):
            shutil.copytree(RELEASE / name, root, dirs_exist_ok=True)
        super().prepare()

    def _load_database(self, statements: str) -> None:
        if not self.postgres:
            with closing(sqlite3.connect(self.home / "mediafold.db")) as connection:
                connection.executescript(statements)
            return
        [head] = re.findall(r"""INSERT INTO "alembic_version" VALUES\('(\w+)'\)""", statements)
        assert flask(self.environ, "db", "upgrade", head)[0] == 0
        memory = create_engine("sqlite://", poolclass=StaticPool)
        with memory.connect() as source, self._engine.begin() as target:
            source.connection.driver_connection.executescript(statements)
            _copy_rows(source, target)


def views() -> dict[int, int]:
    """How many views of each item the last release was asked to count."""
    return {int(item): number for item, number in _recorded()["views"].items()}


def _recorded() -> dict[str, Any]:
    return json.loads((RELEASE / "site.json").read_text(encoding="utf-8"))


def _statements() -> str:
    """The statements that make the database, as if the site had been stopped just now."""
    statements = (RELEASE / "database.sql").read_text(encoding="utf-8")
    moment = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")
    later = datetime.now(UTC).replace(tzinfo=None) - STOPPED - datetime.fromisoformat(_recorded()["stopped"])
    return moment.sub(lambda found: f"{datetime.fromisoformat(found[0]) + later:%Y-%m-%d %H:%M:%S.%f}", statements)


def _copy_rows(source: Connection, target: Connection) -> None:
    """Every row, from SQLite to the same tables of PostgreSQL."""
    there, here = MetaData(), MetaData()
    there.reflect(source)
    here.reflect(target)
    for table in here.sorted_tables:
        if table.name in KEPT_BY_ITSELF:
            continue
        for row in source.execute(select(there.tables[table.name])).mappings():
            target.execute(insert(table).values(dict(_typed(row))))
        if "id" in table.c and isinstance(
            table.c.id.type, Integer
        ):  # the sequence behind it goes on after the last one
            last = f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), max(id)) FROM \"{table}\""
            target.execute(text(last))


def _typed(row: Any) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, datetime):
            value = value.replace(tzinfo=UTC)
        if value is not None:
            yield name, value


def _load_redis(redis: Redis) -> None:
    for entry in _recorded()["redis"]:
        key, value = entry["key"].encode("latin-1"), _bytes(entry["value"])
        match entry["type"]:
            case "string":
                redis.set(key, value)
            case "hash":
                redis.hset(key, mapping=value)
            case "set":
                redis.sadd(key, *value)
            case "list":
                redis.rpush(key, *value)
            case "zset":
                redis.zadd(key, value)
        if entry["pttl"] > 0:
            redis.pexpire(key, entry["pttl"])


def _bytes(value: Any) -> Any:
    match value:
        case str():
            return value.encode("latin-1")
        case dict():
            return {_bytes(name): _bytes(inner) for name, inner in value.items()}
        case list():
            return [_bytes(inner) for inner in value]
    return value
