"""Nothing outlives a killed test run: no server, no browser, no temporary folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import warden
from tests.flows.stack import ROOT
from tests.waiting import eventually


def test_nothing_outlives_a_killed_run(tmp_path: Path) -> None:
    note = tmp_path / "folder"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "1", "tests/flows/held_run.py"]
    environ = {name: value for name, value in os.environ.items() if name != warden.RUN} | {"HELD_RUN": str(note)}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as run:
        try:
            assert eventually(lambda: note.exists() and note.read_text())
            folder = Path(note.read_text())
            assert folder != Path(os.environ["TMPDIR"])
            running = "\n".join(
                Path(f"/proc/{pid}/{file}").read_text()
                for pid in warden.processes_of(folder)
                for file in ("comm", "cmdline")
            )
            for name in (
                "web\n",
                "worker\n",
                "redis-server",
                "postgres",
                "chromium",
                "playwright",
                "exec(eval(",
            ):  # the last is pytest-xdist's worker
                assert name in running
        finally:
            run.kill()
    assert eventually(lambda: not list(warden.processes_of(folder)) and not folder.exists())
