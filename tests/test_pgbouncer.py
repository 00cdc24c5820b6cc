"""Behind PgBouncer before 1.21 in transaction mode, a client's next transaction may use another connection."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

import config
from cms import create_app, current
from cms.extensions import db
from tests.factories import Factory
from tests.published import lay_out
from tests.servers import PostgresServer, RedisServer, Server, free_port, postgres_user, running

PROGRAM = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")


class PgBouncer(Server):
    """A pool of two connections to a database."""

    def __init__(self, database_url: str) -> None:
        super().__init__(postgres_user())
        self.port = free_port()
        self._database_url = database_url
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/pooled"

    def start(self) -> None:
        target = psycopg.conninfo.conninfo_to_dict(self._database_url.replace("+psycopg", ""))
        assert PROGRAM
        file = self.folder / "pgbouncer.ini"
        pooled = "pooled = user=postgres host={host} port={port} dbname={dbname}".format(**target)
        file.write_text(
            f"[databases]\n{pooled}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = 2\nserver_round_robin = 1\nlogfile = pgbouncer.log\n"
        )
        self.launch([PROGRAM, str(file)], self._ready)

    def _ready(self) -> bool:
        try:
            psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@pytest.fixture
def behind(
    tmp_path: Path, postgres_server: PostgresServer, redis_server: RedisServer
) -> Iterator[Callable[[str], Flask]]:
    """An app behind the pool, with prepared statements or without."""
    if PROGRAM is None:
        pytest.skip("no pgbouncer: tests behind it are left out")
    made = []
    lay_out(tmp_path)
    with running(PgBouncer(postgres_server.new_database(tmp_path.name[-40:]))) as pool:

        def make(prepared: str) -> Flask:
            environ = {"DATABASE_URL": pool.url, "DATABASE_PREPARED_STATEMENTS": prepared}
            made.append(create_app(config.load({"CMS_HOME": str(tmp_path), "REDIS_URL": redis_server.url, **environ})))
            return made[-1]

        yield make
        for app in made:
            with app.app_context():
                db.engine.dispose()


def open_both(app: Flask) -> None:
    """Make the pool open both of its connections to the server. It then uses them in turn."""
    with app.app_context(), db.engine.connect() as one, db.engine.connect() as other:
        for connection in (one, other):
            connection.execute(text("SELECT 1"))


@pytest.mark.postgresql
def test_pages_are_read_and_written_without_prepared_statements(behind: Callable[[str], Flask]) -> None:
    app = behind("false")
    with app.app_context():
        flask_migrate.upgrade()
    open_both(app)
    with app.app_context():
        made = Factory(db.engine, app.extensions["storage"])
    page = made.page()
    made.item(page)
    client = app.test_client()
    for _ in range(20):
        assert client.get(f"/api/page/content/{page.id}/").status_code == 200
        assert client.get("/").status_code == 200
        with app.app_context():
            current.page_cache().forget_everything()


@pytest.mark.postgresql
def test_with_them_readyz_says_what_is_wrong(behind: Callable[[str], Flask]) -> None:
    app = behind("true")
    open_both(app)
    client = app.test_client()
    answers = [client.get("/readyz").json for _ in range(30)]
    said = {answer["checks"]["database"] for answer in answers if answer}
    assert any("set DATABASE_PREPARED_STATEMENTS=false" in sentence for sentence in said), said
