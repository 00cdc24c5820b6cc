"""A program of the Procfile in a process of its own, forked from one that has imported what all of them need.

Importing the product takes more than a second of processor time and a hundred megabytes. What is forked starts without,
and shares that memory.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import shlex
import signal
import sys
import time
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).parent.parent

_FORK = get_context("fork")
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15  # of Linux


class Program:
    """A process that waits until it is started. It has a session of its own, and gets SIGTERM if its parent is killed.

    ``ps`` shows it under its name, but with the command line of its parent.
    """

    def __init__(self, name: str, command: str, kept_open: int) -> None:
        """Fork for a command of a shell, and for a file that the program shall hold open.

        Only for a process without threads: the locks that they hold would never be released in a fork.
        """
        output, to_us = os.pipe()
        told, self._tell = os.pipe()
        words = (os.getpid(), name, command, told, to_us, kept_open)
        self._process = _FORK.Process(target=_wait_and_become, args=words)
        self._process.start()
        os.close(told)
        os.close(to_us)
        self.output = os.fdopen(output, "rb")

    @property
    def pid(self) -> int:
        """The number of the process, its group and its session."""
        assert self._process.pid
        return self._process.pid

    @property
    def status(self) -> int | None:
        """How it has ended: its exit status, or a signal's number below zero. ``None`` while it runs."""
        return self._process.exitcode

    def start(self) -> None:
        """Let it run."""
        os.write(self._tell, b"!")

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, for so long at most."""
        # Not Process.join, which waits for the children of a killed one, too.
        until = time.monotonic() + seconds
        while self.status is None and time.monotonic() < until:
            time.sleep(0.01)


def _wait_and_become(parent: int, name: str, command: str, told: int, output: int, kept_open: int) -> None:
    """Run the command once a byte has come."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        prctl(_PR_SET_NAME, name.encode())
    if os.getppid() != parent:
        os._exit(0)  # it has ended before the kernel was asked to tell of that
    for stream, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, output), (2, output)):
        os.dup2(file, stream)
    # Of the others' files none stays open, or they would not see that the parent has ended.
    low, high = sorted((told, kept_open))
    for first, last in ((3, low), (low + 1, high), (high + 1, os.sysconf("SC_OPEN_MAX"))):
        os.closerange(first, last)
    os.set_inheritable(kept_open, True)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    os.chdir(ROOT)
    if os.read(told, 1):
        os.close(told)
        _become(command)


def _become(command: str) -> None:
    words = shlex.split(command)
    if words[:1] == ["exec"]:
        del words[0]
    if words[:2] == ["nice", "-n"]:
        os.nice(int(words[2]))
        del words[:3]
    if words[:2] == ["python", "-m"]:
        sys.argv = words[2:]
        runpy.run_module(words[2], run_name="__main__", alter_sys=True)
    else:
        os.execv("/bin/sh", ["sh", "-c", command])
