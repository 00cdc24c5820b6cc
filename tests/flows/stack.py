"""The product as ``make run`` starts it, in separate processes. Each copy has its own ``CMS_HOME``."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import requests

from cms.media.folder_marks import NAME as MARK
from tests.elsewhere import flask
from tests.published import lay_out
from tests.servers import free_port
from tests.waiting import DEADLINE, eventually

ROOT = Path(__file__).parent.parent.parent
EMAIL, PASSWORD = "admin@example.com", "a password for tests"

# Settings of a developer's shell or .env must not reach the copies. An empty setting has its default.
_SETTINGS = ("DATABASE_URL", "REDIS_URL", "MEDIA_ROOT", "STAGING_ROOT", "SECRET_KEY", "CMS_PRODUCTION", "FLASK_APP")
_FIXED = {"HOST": "127.0.0.1", "APP_TIME_ZONE": "UTC", "SITE_NAME": "Mediafold", "CMS_ADMIN_EMAIL": EMAIL}
# Beat must not be waited for by the second. What is deleted is gone at once: the trash has its own tests.
_QUICK = {"VIEW_FLUSH_SECONDS": "0.5", "SWEEP_SECONDS": "1", "TRASH_DAYS": "0"}


def environ(home: Path, port: int, **settings: str) -> dict[str, str]:
    """The environment of a copy: that of this process, with every setting given or empty."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    cleared = dict.fromkeys(_SETTINGS, "")
    own = {"CMS_HOME": str(home), "PORT": str(port), "CMS_ADMIN_PASSWORD": PASSWORD, "PATH": path}
    return {**os.environ, "PYTHONUNBUFFERED": "1", **cleared, **_FIXED, **_QUICK, **own, **settings}


class Stack:
    """One copy: the supervisor and whatever it starts; one worker, which starts sooner, unless it shall have all."""

    def __init__(
        self, root: Path = ROOT, *, name: str = "mf-", bare: bool = False, one_worker: bool = True, **settings: str
    ) -> None:
        self.root = root
        self._options = ["--one-worker"] if one_worker else []
        # Not pytest's folders: their names are too long for Redis's unix socket.
        self.home = Path(tempfile.mkdtemp(prefix=name))
        if not bare:
            lay_out(self.home)
        self.port = int(settings.pop("PORT", 0)) or free_port()
        self.site = f"http://127.0.0.1:{self.port}"
        self.environ = environ(self.home, self.port, **settings)
        self.process: subprocess.Popen[bytes] | None = None
        self._log = self.home / "supervisor.log"

    @property
    def media(self) -> list[Path]:
        """The files in the media folder, except its mark."""
        return [path for path in (self.home / "media").rglob("*") if path.is_file() and path.name != MARK]

    @property
    def staging(self) -> list[str]:
        """The names in the staging folder, except its mark."""
        return sorted(path.name for path in (self.home / "staging").iterdir() if path.name != MARK)

    @property
    def output(self) -> str:
        """What the supervisor has printed since its last start."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the supervisor without waiting."""
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.run", *self._options],
                cwd=self.root,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.process

    def start(self) -> Stack:
        """Start and wait until it is ready."""
        process = self.launch()
        eventually(lambda: process.poll() is not None or self.ready())
        if not self.ready():
            self.stop()
            raise RuntimeError(f"it does not become ready:\n{self.output[-3000:]}")
        return self

    def prepare(self) -> None:
        """Make the tables and the first admin, for copies without the supervisor, which would do it."""
        for words in (("db", "upgrade"), ("cms", "first-admin")):
            status, printed = flask(self.environ, *words)
            assert status == 0, printed

    def ready(self) -> bool:
        """Whether ``/readyz`` answers 200."""
        try:
            return requests.get(f"{self.site}/readyz", timeout=DEADLINE).status_code == 200
        except requests.RequestException:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Stop it as Ctrl-C or a service manager would, and return the supervisor's exit status."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(how)
        try:
            return process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self._kill()
            process.wait()
            raise

    def left_behind(self) -> dict[int, str]:
        """The processes with this copy's ``CMS_HOME`` in their environment, and their names."""
        return processes_with(f"CMS_HOME={self.home}")

    def remove(self) -> None:
        """Stop it, whatever its state, and remove its folder."""
        try:
            self.stop()
        finally:
            self._kill()
            shutil.rmtree(self.home, ignore_errors=True)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows from the copy's SQLite database."""
        with closing(
            sqlite3.connect(f"{(self.home / 'mediafold.db').as_uri()}?mode=ro", uri=True, timeout=30)
        ) as connection:
            return connection.execute(statement, values).fetchall()

    def one(self, statement: str, *values: object) -> Any:
        """The first value of the first row."""
        return self.rows(statement, *values)[0][0]

    def _kill(self) -> None:
        for pid in self.left_behind():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def processes_with(setting: str) -> dict[int, str]:
    """The running processes whose environment has ``setting``, by the names that they have in the Procfile."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            values = (folder / "environ").read_bytes().split(b"\0")
            if setting.encode() in values:
                found[int(folder.name)] = (folder / "comm").read_text().strip()
        except (OSError, UnicodeDecodeError):
            continue  # it has ended, or belongs to another user
    return found
