"""Gunicorn reads WEB_CONCURRENCY itself when it is imported; it finds the number from the settings there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parent.parent.parent


def start(home: Path, concurrency: str) -> subprocess.CompletedProcess[str]:
    """Start gunicorn only to print its version."""
    environ = {"PATH": "/usr/bin", "CMS_HOME": str(home), "WEB_CONCURRENCY": concurrency}
    command = [sys.executable, "-m", "deploy.gunicorn", "--version"]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)


@pytest.mark.parametrize("concurrency", ["", "2.0"])
def test_what_the_settings_allow_is_allowed(tmp_path: Path, concurrency: str) -> None:
    run = start(tmp_path, concurrency)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("gunicorn (version")


def test_what_they_do_not_allow_ends_in_one_line(tmp_path: Path) -> None:
    run = start(tmp_path, "many")
    assert (run.returncode, run.stderr) == (1, "mediafold: WEB_CONCURRENCY must be a number, not 'many'\n")
