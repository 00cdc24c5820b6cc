"""The measured sites, each with its own folder, port and Redis, and their databases."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

import flask_migrate
from flask import Flask
from honcho.environ import parse_procfile
from redis import Redis, RedisError
from sqlalchemy import Engine

import config
from cms import create_app
from cms.accounts import users
from cms.extensions import db
from tests.flows.stack import EMAIL, PASSWORD, ROOT, environ
from tests.servers import PostgresServer, free_port, missing
from tests.waiting import eventually

SECONDS_TO_STOP = 20
# Linux counts processor time in this fraction of a second.
_TICKS = os.sysconf("SC_CLK_TCK")

_COMMANDS = {
    **parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes,
    "reference": "exec python -m gunicorn --config bench/gunicorn_reference.py bench.reference:app",
}


class Site:
    """Processes of the Procfile, or the reference, with one ``CMS_HOME``. Their output goes into files.

    As a context manager, it stops every process and removes the folder at its end.
    """

    def __init__(self, database_url: str = "", **settings: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="mf-"))
        self.port = free_port()
        self.site = f"http://127.0.0.1:{self.port}"
        self.environ = environ(self.home, self.port, DATABASE_URL=database_url, APP_TIME_ZONE=_noon(), **settings)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for name in reversed(self.processes):
                _stop(self.processes[name])
            if "app" in self.__dict__:
                self.engine.dispose()
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    @cached_property
    def settings(self) -> config.Settings:
        """The settings of the processes."""
        return config.load(self.environ)

    @cached_property
    def app(self) -> Flask:
        """The product in this process. Its database is migrated and has one account."""
        app = create_app(self.settings)
        logging.getLogger().setLevel(logging.ERROR)  # keep the terminal for the table
        with app.app_context():
            flask_migrate.upgrade()
            users.create(db.session(), EMAIL, PASSWORD)
            db.session.commit()
        return app

    @property
    def engine(self) -> Engine:
        """The product's database."""
        with self.app.app_context():
            return db.engine

    @property
    def redis(self) -> Redis:
        """A client of this site's Redis."""
        return Redis.from_url(self.settings.redis_url)

    def start(self, *names: str) -> Self:
        """Start processes by their names in the Procfile. Wait until Redis and web answer."""
        for name in names:
            log = self.home / f"{name}.log"
            with log.open("wb") as output:
                self.processes[name] = subprocess.Popen(
                    ["/bin/sh", "-c", _COMMANDS[name]],
                    cwd=ROOT,
                    env=self.environ,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            answers = {"redis": self._redis_answers, "web": self._web_answers, "reference": self._web_answers}
            look = answers.get(name, lambda: True)
            process = self.processes[name]
            eventually(lambda look=look, process=process: look() or process.poll() is not None)
            if not look():
                raise RuntimeError(f"{name} does not start:\n{log.read_text()[-3000:]}")
        return self

    def web_workers(self) -> list[int]:
        """The ids of gunicorn's workers."""
        master = self.processes.get("web") or self.processes["reference"]
        children = Path(f"/proc/{master.pid}/task/{master.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def processor_seconds(self) -> float:
        """The processor time that gunicorn's workers and Redis have used."""
        ticks = 0
        for pid in (*self.web_workers(), self.processes["redis"].pid):
            user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            ticks += int(user) + int(system)
        return ticks / _TICKS

    def rest(self) -> None:
        """Wait until the web process has closed every connection, so that nothing of an earlier load is left."""
        if not eventually(lambda: not self._connections(), 0.02):
            raise RuntimeError("the web process does not come to rest")

    def check_logs(self) -> None:
        """Make sure that the product ran normally, not on its fallbacks.

        Raises:
            RuntimeError: a process has written a warning or an error.
        """
        for name in self.processes:
            with (self.home / f"{name}.log").open(encoding="utf-8", errors="replace") as log:
                for line in log:
                    if any(f'"level":"{level}"' in line for level in ("warning", "error", "critical")):
                        raise RuntimeError(f"{name}: {line}")

    def _connections(self) -> int:
        """The number of open connections on the site's port, from Linux."""
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        established, close_wait = "01", "08"
        port = f":{self.port:04X}"
        return sum(line[1].endswith(port) and line[3] in (established, close_wait) for line in lines)

    def _redis_answers(self) -> bool:
        with suppress(RedisError), self.redis as client:
            return bool(client.ping())
        return False

    def _web_answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


class Databases:
    """The available database systems, and new empty databases on them."""

    def __init__(self) -> None:
        self._postgres: PostgresServer | None = None
        self._made = 0
        self.names = ["SQLite", *([] if missing("postgresql") else ["PostgreSQL"])]

    def new(self, name: str) -> str:
        """The address of a new database for a site; empty for SQLite, whose file is in the site's folder."""
        if name == "SQLite":
            return ""
        if self._postgres is None:
            self._postgres = PostgresServer()
            self._postgres.start()
        self._made += 1
        return self._postgres.new_database(f"bench{self._made}")

    def stop(self) -> None:
        """Stop what was started."""
        if self._postgres:
            self._postgres.remove()


@contextmanager
def databases() -> Iterator[Databases]:
    """The databases for one run."""
    with ExitStack() as stack:
        found = Databases()
        stack.callback(found.stop)
        yield found


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_STOP)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # including its children, which are in its group
    process.wait()


def _noon() -> str:
    """The time zone in which it is noon now, so that no nightly task starts."""
    return f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"  # these zones have the inverted signs of POSIX
