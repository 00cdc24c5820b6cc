"""Web, workers and beat as real processes that may be killed at any time. Each is restarted when it dies."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import requests
from celery import Celery
from redis import Redis
from sqlalchemy import NullPool, create_engine, text

from cms.media.folder_marks import NAME as MARK
from tests.elsewhere import program
from tests.faults.disk import Disk
from tests.faults.embedded import EmbeddedRedis
from tests.flows.stack import Stack
from tests.servers import PostgresServer, RedisServer
from tests.waiting import DEADLINE, eventually

ARMED = "tests.faults.armed"
WORKER = ["celery", "--quiet", "--app", f"{ARMED}:celery_app", "worker", "--without-mingle", "--without-gossip"]
COMMANDS = {
    "web": ["gunicorn", "--config", "deploy/gunicorn.conf.py", f"{ARMED}:app"],
    "worker-1": [*WORKER, "--concurrency", "2", "--hostname", "one"],
    "worker-2": [*WORKER, "--concurrency", "2", "--hostname", "two"],
    "beat": ["celery", "--quiet", "--app", f"{ARMED}:celery_app", "beat"],
}
WORKERS, CHILDREN = ("worker-1", "worker-2"), 2
GRACE_SECONDS = 4
SETTINGS = {
    "UPLOAD_LEASE_SECONDS": "1",
    "STAGING_GRACE_SECONDS": str(GRACE_SECONDS),
    "MAX_UPLOAD_MB": "2048",
}


class Fleet(Stack):
    """One copy of the product."""

    def __init__(self, postgres: PostgresServer | None = None, redis: RedisServer | None = None, **settings: str):
        self.faults = Path(tempfile.mkdtemp(prefix="mf-"))
        # With PostgreSQL, staging and media are on separate disks, so files are copied into place, not linked.
        self.media_disk = Disk()
        self.staging_disk = Disk() if postgres else self.media_disk
        self.media_root = self.media_disk.folder / "media"
        self.staging_root = self.staging_disk.folder / "staging"
        roots = {"MEDIA_ROOT": str(self.media_root), "STAGING_ROOT": str(self.staging_root)}
        super().__init__(FAULTS=str(self.faults), **roots, **SETTINGS, **settings)
        self.postgres = postgres
        self.database_url = f"sqlite:///{self.home / 'mediafold.db'}"
        if postgres:
            self.database_url = postgres.new_database(self.home.name)
            with create_engine(self.database_url, isolation_level="AUTOCOMMIT").connect() as connection:
                # The tests' server does not wait for its log. Here it crashes, and nothing may be lost.
                connection.execute(text(f'ALTER DATABASE "{self.home.name}" SET synchronous_commit = on'))
            self.environ["DATABASE_URL"] = self.database_url
        self.redis = redis or EmbeddedRedis(self.home)
        if redis:
            self.environ["REDIS_URL"] = redis.url
        self._engine = create_engine(self.database_url, poolclass=NullPool)
        self._running: dict[str, BaseProcess] = {}
        self._changing = threading.RLock()
        self._ending = threading.Event()
        self._watch = threading.Thread(target=self._keep_alive, daemon=True)

    # Starting and stopping

    def start(self) -> Fleet:
        self.redis.start()
        self.prepare()
        for name in COMMANDS:
            self.run(name)
        self._watch.start()
        assert eventually(self.ready), self.logs()
        return self

    def run(self, name: str) -> None:
        """Start a process, and keep it alive from now on."""
        with self._changing:
            self._running[name] = program(self.environ, COMMANDS[name], self.home / f"{name}.log")

    def halt(self, *names: str, how: signal.Signals = signal.SIGKILL) -> None:
        """Stop processes with all of their children, and leave them stopped."""
        with self._changing:
            stopped = [self._running.pop(name) for name in names if name in self._running]
            for process in stopped:
                with suppress(ProcessLookupError):
                    os.kill(_pid(process), how)
        for process in stopped:
            process.join(20)
            _kill_group(process)

    def kill(self, name: str) -> None:
        """``kill -9`` a process and all of its children at once. It is restarted."""
        _kill_group(self._running[name])

    def kill_child(self, *names: str) -> None:
        """``kill -9`` one child of these processes, whatever it is doing."""
        with suppress(FileNotFoundError, ProcessLookupError, IndexError):
            os.kill(random.choice([child for name in names for child in self.children(name)]), signal.SIGKILL)

    def children(self, name: str) -> list[int]:
        pid = _pid(self._running[name])
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def make_whole(self) -> None:
        """Make sure that everything is running, thawed and without mines, whatever a test left behind."""
        if not self.redis.process:
            self.redis.start()
        with self._changing:
            for name in COMMANDS:
                if name not in self._running:
                    self.run(name)
        with suppress(ProcessLookupError):
            self.thaw(*COMMANDS)
        for mine in self.faults.glob("*/*"):
            mine.unlink(missing_ok=True)
        # For the next test: Celery may take five seconds to notice that a child has died, and to replace it.
        assert eventually(self._is_manned), self.logs()

    def _is_manned(self) -> bool:
        try:
            return all([*map(_is_alive, self.children(name))] == [True] * CHILDREN for name in WORKERS)
        except FileNotFoundError:
            return False  # one has just ended

    def remove(self) -> None:
        self._ending.set()
        if self._watch.is_alive():
            self._watch.join()
        self.halt(*self._running)
        self.redis.stop(signal.SIGKILL)
        self._kill()
        for folder in (self.home, self.faults, self.redis.folder):
            shutil.rmtree(folder, ignore_errors=True)
        for disk in {self.media_disk, self.staging_disk}:
            disk.remove()

    def _keep_alive(self) -> None:
        while not self._ending.wait(0.05):
            with self._changing:
                for name, process in list(self._running.items()):
                    if process.exitcode is not None:
                        _kill_group(process)
                        self.run(name)

    # Looking

    def rows(self, statement: str, *_: object, **values: object) -> list[tuple[Any, ...]]:
        """The rows from the copy's database. Values are passed by name."""
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def one(self, statement: str, *_: object, **values: object) -> Any:
        return self.rows(statement, **values)[0][0]

    @property
    def media(self) -> list[Path]:
        return [path for path in self.media_root.rglob("*") if path.is_file() and path.name != MARK]

    @property
    def staging(self) -> list[str]:
        return sorted(path.name for path in self.staging_root.iterdir() if path.name != MARK)

    def logs(self, size: int = 3000) -> str:
        """The last lines of the logs, without those of requests."""
        ends = []
        for log in self.home.glob("*.log"):
            lines = [line for line in log.read_text(errors="replace").splitlines() if '"event":"request"' not in line]
            ends.append(f"--- {log.name}\n" + "\n".join(lines)[-size:])
        return "\n".join(ends)

    def redis_client(self) -> Redis:
        return Redis.from_url(self.redis.url)

    def checks(self) -> tuple[int, dict[str, str]]:
        """The checks of ``/readyz``."""
        answer = requests.get(f"{self.site}/readyz", timeout=DEADLINE)
        return answer.status_code, answer.json()["checks"]

    def pids(self) -> dict[str, tuple[int, ...]]:
        """The pids of all processes and children. They stay the same unless a process was restarted."""
        return {name: (_pid(process), *self.children(name)) for name, process in self._running.items()}

    # Faults

    def freeze(self, *names: str) -> None:
        """Stop processes until they are thawed. They are stopped between transactions, as they would keep locks."""

        def are_frozen() -> bool:
            for name in names:
                os.killpg(_pid(self._running[name]), signal.SIGSTOP)
            if self._nobody_writes():
                return True
            self.thaw(*names)
            return False

        assert eventually(are_frozen)

    def _nobody_writes(self) -> bool:
        if self.postgres:
            return not self.one(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
        with closing(sqlite3.connect(self.home / "mediafold.db", timeout=0)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
        return True

    def thaw(self, *names: str) -> None:
        for name in names:
            os.killpg(_pid(self._running[name]), signal.SIGCONT)

    def mine(self, point: str, name: str, who: str = "process") -> None:
        """Lay a mine: see :mod:`tests.faults.armed`."""
        (self.faults / point).mkdir(exist_ok=True)
        aside = self.faults / "aside"
        aside.write_text(who)
        aside.rename(self.faults / point / name)

    def mines(self, point: str) -> list[str]:
        """The mines that have not gone off."""
        return sorted(path.name for path in (self.faults / point).iterdir())

    def send(self, task: str, *arguments: object) -> str:
        """Send a task by hand; its id."""
        url = self.redis.url.replace("unix://", "redis+socket://")
        with Celery(broker=url, set_as_current=False) as celery:
            return str(celery.send_task(task, arguments, queue="mediafold", ignore_result=True).id)

    def has_ended(self, task: str) -> bool:
        """Whether a worker has logged that it ran the task."""
        logs = [self.home / f"{worker}.log" for worker in WORKERS]
        return any(f'"event":"task","task_id":"{task}"' in log.read_text(errors="replace") for log in logs)

    @contextmanager
    def no_room(self, where: str, left: int = 0) -> Iterator[None]:
        """The disk of ``staging`` or ``media`` is full except for ``left`` bytes."""
        disk = self.staging_disk if where == "staging" else self.media_disk
        if disk.mounted:
            with disk.full(left):
                yield
            return
        note = self.faults / f"no-room-in-{where}"
        note.touch()
        try:
            yield
        finally:
            note.unlink()

    def wipe_redis(self) -> None:
        """Stop Redis and delete its data."""
        self.redis.stop(signal.SIGKILL)
        for folder in (self.redis.folder, self.home / "redis"):
            for written in [*folder.glob("appendonly*"), *folder.glob("*.rdb")]:
                shutil.rmtree(written) if written.is_dir() else written.unlink()
        self.redis.start()
        with self.redis_client() as redis:
            assert not redis.exists("views:base"), "nothing is left of it"


@contextmanager
def postgres_away(server: PostgresServer, how: signal.Signals) -> Iterator[None]:
    """Stop PostgreSQL (SIGINT: it disconnects its clients; SIGQUIT: a crash), and restart it on the same data."""
    assert server.process
    command = [str(word) for word in server.process.args]
    server.stop(how)
    try:
        yield
    finally:
        server.launch(command, server._ready)


def _is_alive(pid: int) -> bool:
    """Whether a process is running, and not a zombie."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def _pid(process: BaseProcess) -> int:
    assert process.pid
    return process.pid


def _kill_group(process: BaseProcess) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(_pid(process), signal.SIGKILL)
