"""Nothing outlives a test run, not even one that is killed: a process of its own waits for the end and clears up.

All that a run starts has its temporary folder in ``TMPDIR``, or works in it. Whoever is still there when the run has
ended is killed, and the folder removed. Processes are found by Linux's ``/proc``; elsewhere only the folder goes.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

#: Set in the environment of whoever is part of a run already: pytest-xdist's workers.
RUN = "MEDIAFOLD_TEST_RUN"
#: Seconds for which what has to go may resist.
PATIENCE = 30


def begin() -> None:
    """Give this run a temporary folder and a warden."""
    if RUN in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="mf-"))  # short: a unix socket's path holds 107 bytes at most
    folder.chmod(0o711)  # PostgreSQL's account has a folder of its own in it
    end, _held = os.pipe()  # the other end is closed when this process ends, however that comes
    subprocess.Popen([sys.executable, __file__, folder], stdin=end, stdout=subprocess.DEVNULL, start_new_session=True)
    os.close(end)
    os.environ[RUN] = folder.name
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def processes_of(folder: Path) -> Iterator[int]:
    """The processes that work in the folder, or were given it for their temporary files."""
    marks = (f"TMPDIR={folder}\0".encode(), f"TMPDIR={folder}/".encode())
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or somebody else's
            # Redis and PostgreSQL write their titles over their environment.
            inside = (entry / "cwd").readlink().is_relative_to(folder)
            if inside or any(mark in (entry / "environ").read_bytes() for mark in marks):
                yield int(entry.name)


def clear(folder: Path) -> None:
    """Kill who is still at work for the folder; unmount and remove what is in it."""
    until = time.monotonic() + PATIENCE
    while (found := list(processes_of(folder))) and time.monotonic() < until:
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    with suppress(FileNotFoundError):
        for line in Path("/proc/mounts").read_text().splitlines():
            if Path(mounted := line.split()[1]).is_relative_to(folder):
                subprocess.run(["umount", "--lazy", mounted], check=False)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    clear(Path(sys.argv[1]))
