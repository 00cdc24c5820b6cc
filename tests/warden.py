"""Nothing outlives a test run, not even a killed one: a separate process waits for its end and cleans up.

All processes of a run have its temporary folder in ``TMPDIR``, or work in it. Those that are left when the run has
ended are killed, and the folder is removed. Processes are found in Linux's ``/proc``; other systems only lose the
folder.
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

#: Set in the environment of processes that belong to a run already: pytest-xdist's workers.
RUN = "MEDIAFOLD_TEST_RUN"
#: Seconds for which killing and removing are retried.
PATIENCE = 30


def begin() -> None:
    """Give this run a temporary folder and a warden."""
    if RUN in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="mf-"))  # short: a unix socket's path has at most 107 bytes
    folder.chmod(0o711)  # the account of PostgreSQL has its own folder inside
    end, _held = os.pipe()  # the other end is closed when this process ends, for whatever reason
    subprocess.Popen([sys.executable, __file__, folder], stdin=end, stdout=subprocess.DEVNULL, start_new_session=True)
    os.close(end)
    os.environ[RUN] = folder.name
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def processes_of(folder: Path) -> Iterator[int]:
    """The processes that work in the folder, or have it as their folder for temporary files."""
    marks = (f"TMPDIR={folder}\0".encode(), f"TMPDIR={folder}/".encode())
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or belongs to another user
            # Redis and PostgreSQL overwrite their environment with their titles.
            inside = (entry / "cwd").readlink().is_relative_to(folder)
            if inside or any(mark in (entry / "environ").read_bytes() for mark in marks):
                yield int(entry.name)


def clear(folder: Path) -> None:
    """Kill the processes of the folder; unmount and remove its contents."""
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
