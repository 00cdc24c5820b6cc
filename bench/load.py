"""HTTP load: by wrk if it is installed, or else by a small generator in Python, which needs more processor time."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

THREADS, CONNECTIONS = 2, 16
#: Seconds of a measurement, and of the warm-up before the first one.
SECONDS, WARM_UP = 3.0, 1.0

_SCALES = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True)
class Load:
    """What the clients saw: the number of complete, successful answers, and seconds."""

    answers: int
    seconds: float
    p99: float

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds


class WrongAnswers(Exception):
    """Errors, time-outs or unsuccessful answers: the measurement is not valid."""


def generator() -> str:
    """The name of the load generator."""
    return "wrk" if shutil.which("wrk") else "Python (slower; `apt install wrk` for true figures)"


def measure(address: str, seconds: float = SECONDS, connections: int = CONNECTIONS, header: str = "") -> Load:
    """Request one address again and again on persistent connections, with a header if one is given.

    Raises:
        WrongAnswers: an answer was unsuccessful.
    """
    process = _start(address, seconds, connections, header)
    return _read(process)


def measure_during(address: str, work: Callable[[], None], connections: int, at_most: float = 120) -> Load:
    """Request one address for as long as ``work`` takes.

    Raises:
        WrongAnswers: an answer was unsuccessful, or the work took longer than ``at_most`` seconds.
    """
    process = _start(address, at_most, connections)
    try:
        work()
        if process.poll() is not None:
            raise WrongAnswers(f"the work took longer than {at_most:g} seconds")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)  # then both generators print their results
    return _read(process)


def _start(address: str, seconds: float, connections: int, header: str = "") -> subprocess.Popen[str]:
    threads = str(min(THREADS, connections))
    options = ["--threads", threads, "--connections", str(connections), "--duration", f"{max(1, round(seconds))}s"]
    options += ["--header", header] if header else []
    own = [sys.executable, "-m", "bench.generator"]
    command = [wrk, "--latency", "--timeout", "30s"] if (wrk := shutil.which("wrk")) else own
    return subprocess.Popen([*command, *options, address], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _read(process: subprocess.Popen[str]) -> Load:
    output, _ = process.communicate()
    total = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", output)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", output)
    if process.returncode or not total or not p99 or "Non-2xx" in output or "Socket errors" in output:
        raise WrongAnswers(output)
    return Load(int(total[1]), float(total[2]) * _SCALES[total[3]], float(p99[1]) * _SCALES[p99[2]])
