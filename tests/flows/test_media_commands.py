"""``flask cms media verify`` and ``gc`` in separate processes: on a terminal, with faults, and killed."""

from __future__ import annotations

import json
import os
import pty
import signal
import sqlite3
from collections.abc import Mapping
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from shutil import copytree

import flask_migrate
import pytest
from blake3 import blake3

import config
from cms import create_app
from cms.extensions import db
from cms.media.models import MediaFile
from cms.media.storage import Storage
from cms.media.storage.local import LocalStore
from tests.disk import on_disk
from tests.elsewhere import elsewhere, program
from tests.flows.stack import environ
from tests.media.storage.test_found_files import make_unreadable
from tests.published import lay_out
from tests.waiting import DEADLINE

FILM = "2026/film-0123456789ab.mp4"


class Home:
    """A separate ``CMS_HOME`` with a database, a file that is shown nowhere, and the commands."""

    def __init__(self, folder: Path) -> None:
        self.environ = environ(folder, 1, REDIS_URL="redis://127.0.0.1:1/0")
        self.media = folder / "media"
        self.output, self.errors = folder / "output", folder / "errors"

    def run(self, *words: str, errors: Path | None = None) -> int | None:
        """Run ``flask cms media …``. Return its exit status. Its output is in ``output`` and ``errors``."""
        for file in (self.output, self.errors):
            file.unlink(missing_ok=True)
        command = ["flask", "--app", "wsgi", "cms", "media", *words]
        process = program(self.environ, command, self.output, errors or self.errors)
        process.join(DEADLINE)
        return process.exitcode

    def files(self) -> list[str]:
        return sorted(path.name for path in self.media.rglob("*") if path.is_file())


def make(environ: Mapping[str, str]) -> None:
    app = create_app(config.load(environ))
    with app.app_context():
        flask_migrate.upgrade()
        data = b"film" * 1000
        storage: Storage = app.extensions["storage"]
        on_disk(storage, "2026").mkdir(parents=True)
        on_disk(storage, FILM).write_bytes(data)
        row = MediaFile(digest=blake3(data).hexdigest(), size=len(data), mime_type="video/mp4", path=FILM)
        db.session.add(row)
        db.session.commit()


def die_before_it_removes(environ: Mapping[str, str]) -> None:
    LocalStore.delete = lambda self, path: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
    create_app(config.load(environ)).test_cli_runner().invoke(args=["cms", "media", "gc", "--grace", "0"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    elsewhere(make, Home(lay_out(folder)).environ)
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    return Home(copytree(made, tmp_path / "home", symlinks=True))


def test_progress_is_for_the_terminal_and_json_for_the_output(home: Home) -> None:
    """Standard error is a terminal, standard output a pipe."""
    for command, expected in (("verify", {"verified": 1, "bytes": 4000}), ("gc", {"removed": [], "waiting": 1})):
        ours, theirs = pty.openpty()
        status = home.run(command, "--json", errors=Path(os.ttyname(theirs)))
        os.close(theirs)
        shown = os.read(ours, 10_000).decode()
        os.close(ours)
        assert status == 0, shown
        assert expected.items() <= json.loads(home.output.read_text()).items()
        assert {"verify": "Verifying", "gc": "Removing"}[command] in shown


@pytest.mark.parametrize("command", ["verify", "gc"])
def test_what_goes_wrong_beside_it_is_told_on_standard_error(home: Home, command: str) -> None:
    make_unreadable(home.media)
    assert home.run(command, "--json") == 0, home.errors.read_text()
    assert json.loads(home.output.read_text())["orphaned"] == []
    assert json.loads(home.errors.read_text())["event"] == "media_folder_not_read"


def test_a_gc_that_is_killed_between_row_and_file_leaves_what_the_next_one_removes(home: Home) -> None:
    with pytest.raises(BrokenProcessPool):
        elsewhere(die_before_it_removes, home.environ)
    with sqlite3.connect(home.media.parent / "mediafold.db") as connection:
        assert connection.execute("SELECT count(*) FROM media_file").fetchone() == (0,)
    connection.close()
    assert home.files() == ["film-0123456789ab.mp4"]
    assert home.run("gc", "--grace", "0", "--json") == 0, home.errors.read_text()
    assert json.loads(home.output.read_text())["orphaned"] == [FILM]
    assert home.files() == []
