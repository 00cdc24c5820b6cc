"""Connections last for many requests, so simultaneous ones are distributed over the web processes."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from pathlib import Path

from tests.flows.stack import Stack, processes_with
from tests.waiting import eventually

CONNECTIONS, ROUNDS = 16, 20


def test_connections_that_come_at_once_are_shared(stack: Stack) -> None:
    """The smaller share is 7 of 16 on average, and 2.5 if processes do not wait.

    Once in some hundred rounds the machine keeps one process busy, and the other rightly takes all. So does one that
    still has to do with the test before: it is waited for.
    """
    served = [pid for pid, name in processes_with(f"CMS_HOME={stack.home}").items() if name == "web"]
    workers = [pid for pid in served if _parent(pid) in served]
    assert len(workers) == 2
    assert eventually(lambda: _smaller_share(stack, workers) > 0)
    smaller_share = [_smaller_share(stack, workers) for _ in range(ROUNDS)]
    assert sum(smaller_share) / ROUNDS >= CONNECTIONS / 4, smaller_share


def _smaller_share(stack: Stack, workers: list[int]) -> int:
    """How many of connections that come at once the process takes that takes fewer."""
    before = _sockets(workers)
    with ExitStack() as opened:
        made = [opened.enter_context(closing(HTTPConnection("127.0.0.1", stack.port))) for _ in range(CONNECTIONS)]
        for connection in made:
            connection.connect()
        for connection in made:
            connection.request("GET", "/healthz")
        assert {connection.getresponse().read() for connection in made} == {b'{"status":"ok"}\n'}
        taken = _sockets(workers) - before
    assert eventually(lambda: _sockets(workers) <= before), "they are closed again"
    return min(taken[pid] for pid in workers)


def _sockets(workers: list[int]) -> Counter[int]:
    """The number of open sockets of each process."""
    found: Counter[int] = Counter()
    for pid in workers:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # just closed
                found[pid] += file.readlink().name.startswith("socket:")
    return found


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
