"""Connections are kept for many requests: those that come at once are shared by the web processes."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from pathlib import Path

from tests.flows.stack import Stack, processes_with
from tests.waiting import eventually

CONNECTIONS, ROUNDS = 16, 5


def test_connections_that_come_at_once_are_shared(stack: Stack) -> None:
    served = [pid for pid, line in processes_with(f"CMS_HOME={stack.home}").items() if "gunicorn" in line]
    workers = [pid for pid in served if _parent(pid) in served]
    assert len(workers) == 2
    for _ in range(ROUNDS):
        before = _sockets(workers)
        with ExitStack() as opened:
            made = [opened.enter_context(closing(HTTPConnection("127.0.0.1", stack.port))) for _ in range(CONNECTIONS)]
            for connection in made:
                connection.connect()
            for connection in made:
                connection.request("GET", "/healthz")
            assert {connection.getresponse().read() for connection in made} == {b'{"status":"ok"}\n'}
            taken = _sockets(workers) - before
            assert min(taken[pid] for pid in workers) >= CONNECTIONS / 8, taken
        assert eventually(lambda before=before: _sockets(workers) <= before), "they are closed again"


def _sockets(workers: list[int]) -> Counter[int]:
    """How many sockets each process has open."""
    found: Counter[int] = Counter()
    for pid in workers:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed this moment
                found[pid] += file.readlink().name.startswith("socket:")
    return found


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
