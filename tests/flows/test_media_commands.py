"""``flask cms media verify`` and ``gc`` in processes of their own: on a terminal, beside faults, and killed."""

from __future__ import annotations

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from tests.flows.stack import ROOT, environ
from tests.services.test_found_files import make_unreadable


class Home:
    """A folder of one's own with a database, one file that is shown nowhere, and the commands."""

    def __init__(self, folder: Path) -> None:
        self.environ = environ(folder, 1, REDIS_URL="redis://127.0.0.1:1/0")
        self.media = folder / "media"

    def run(self, words: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        options = {"capture_output": True, "text": True, **options}
        return subprocess.run([sys.executable, *words], cwd=ROOT, env=self.environ, timeout=120, **options)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.media.rglob("*") if path.is_file())


_MAKE = """
import flask_migrate
from blake3 import blake3
from cms.extensions import db
from cms.models import MediaFile
from wsgi import app
with app.app_context():
    flask_migrate.upgrade()
    data = b"film" * 1000
    storage = app.extensions["storage"]
    storage.media("2026").mkdir(parents=True)
    storage.media("2026/film-0123456789ab.mp4").write_bytes(data)
    db.session.add(MediaFile(digest=blake3(data).hexdigest(), size=len(data), mime_type="video/mp4",
                             path="2026/film-0123456789ab.mp4"))
    db.session.commit()
"""

_DIES_BEFORE_IT_REMOVES = """
import os, signal
from cms.services.storage import Storage
Storage.remove = lambda self, path: os.kill(os.getpid(), signal.SIGKILL)
from wsgi import app
app.cli.main(["cms", "media", "gc", "--grace", "0"])
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    Home(folder).run(["-c", _MAKE], check=True)
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    return Home(copytree(made, tmp_path / "home"))


def test_progress_is_for_the_terminal_and_json_for_the_output(home: Home) -> None:
    """Standard error is a terminal, standard output a pipe."""
    for command, expected in (("verify", {"verified": 1, "bytes": 4000}), ("gc", {"removed": [], "waiting": 1})):
        ours, theirs = pty.openpty()
        run = home.run(
            ["-m", "flask", "--app", "wsgi", "cms", "media", command, "--json"],
            capture_output=False,
            stdout=subprocess.PIPE,
            stderr=theirs,
        )
        os.close(theirs)
        shown = os.read(ours, 10_000).decode()
        os.close(ours)
        assert run.returncode == 0, shown
        assert expected.items() <= json.loads(run.stdout).items()
        assert {"verify": "Verifying", "gc": "Removing"}[command] in shown


@pytest.mark.parametrize("command", ["verify", "gc"])
def test_what_goes_wrong_beside_it_is_told_on_standard_error(home: Home, command: str) -> None:
    make_unreadable(home.media)
    run = home.run(["-m", "flask", "--app", "wsgi", "cms", "media", command, "--json"])
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["orphaned"] == []
    assert json.loads(run.stderr)["event"] == "media_folder_not_read"


def test_a_gc_that_is_killed_between_row_and_file_leaves_what_the_next_one_removes(home: Home) -> None:
    assert home.run(["-c", _DIES_BEFORE_IT_REMOVES]).returncode == -signal.SIGKILL
    with sqlite3.connect(home.media.parent / "mediafold.db") as connection:
        assert connection.execute("SELECT count(*) FROM media_file").fetchone() == (0,)
    connection.close()
    assert home.files() == ["film-0123456789ab.mp4"]
    run = home.run(["-m", "flask", "--app", "wsgi", "cms", "media", "gc", "--grace", "0", "--json"])
    assert json.loads(run.stdout)["orphaned"] == ["2026/film-0123456789ab.mp4"], run.stderr
    assert home.files() == []
