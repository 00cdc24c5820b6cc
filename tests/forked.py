"""Pytest in a copy of the tree, in forked processes, so that third-party modules are loaded only once."""

from __future__ import annotations

import compileall
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest

LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "var", "__pycache__", ".*_cache", ".hypothesis")
OURS = ("cms", "config", "tests", "wsgi")
#: Plugins cost more than the tests of a module, so all but one are left out.
OPTIONS = ["-x", "-q", "-o", "addopts=", "-p", "no:cacheprovider"]
OPTIONS += ["-p", "_hypothesis_pytestplugin", "--hypothesis-seed=0"]


def load_what_others_have_written() -> None:
    """It takes longer than most runs: whatever is forked from this process afterwards has it."""
    command = [sys.executable, "-c", "import sys, hypothesis, tests.conftest, tests.fixtures.apps; print(*sys.modules)"]
    for name in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split():
        if name.split(".")[0] not in OURS:
            with suppress(ImportError):
                importlib.import_module(name)


class Tree:
    """A copy of the tree in the working directory."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.folder.chmod(0o711)  # the account of PostgreSQL has a folder inside
        self.root, self.log = self.folder / "tree", self.folder / "log"
        shutil.copytree(".", self.root, ignore=LEFT_OUT)
        # Check by hash: a file with a fault may have the same size and time as the previous one.
        compileall.compile_dir(self.root, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)

    def run(self, arguments: list[str], seconds: float) -> int | None:
        """Run pytest. Return its exit status, or ``None`` if it took too long. All its processes end with it."""
        if (process := os.fork()) == 0:
            self._become_pytest([*OPTIONS, *arguments])
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                ended, status = os.waitpid(process, os.WNOHANG)
                if ended:
                    return os.waitstatus_to_exitcode(status)
                time.sleep(0.01)
            return None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)

    def _become_pytest(self, arguments: list[str]) -> None:
        status = -1
        try:
            os.setsid()
            os.chdir(self.root)
            log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for stream in (1, 2):
                os.dup2(log, stream)
            tempfile.tempdir = os.environ["TMPDIR"] = str(self.folder)
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
            sys.path[0] = str(self.root)
            for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
                del sys.modules[name]
            status = pytest.main(arguments)
            sys.stdout.flush()
        finally:
            os._exit(status)
