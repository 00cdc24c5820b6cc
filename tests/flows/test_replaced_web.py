"""One set of web processes replaces another on the same socket, under load: no request fails.

The test holds the socket, as systemd does for the units in ``deploy/systemd``.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from itertools import pairwise

import pytest

from tests.servers import HERE, Server
from tests.waiting import DEADLINE, eventually

pytestmark = pytest.mark.xdist_group("replaced-web")

#: The constant number of visitors of each sort.
VISITORS = 3
NEW, KEPT = "with new connections", "with a kept connection"
UPLOAD_BYTES = 2**20
#: Seconds after which a connection counts as idle.
SILENCE = 2.5
# systemd passes a socket as file descriptor 3, and the pid that it is for.
HANDED_OVER = 'LISTEN_PID=$$ exec "$@" 3<&0 </dev/null'


class WebSet(Server):
    """The web processes of one release, on an existing socket."""

    def __init__(self, release: str, listener: socket.socket) -> None:
        super().__init__()
        self.release, self.listener = release, listener

    def start(self) -> None:
        """Start them as the unit does: with as much time to stop as the longest answer may take."""
        gunicorn = [sys.executable, "-m", "gunicorn", "--graceful-timeout", "900"]
        config = ["--config", str(HERE / "flows" / "gunicorn_small.py")]
        own = {"CMS_HOME": str(self.folder), "WEB_CONCURRENCY": "2", "RELEASE": self.release, "LISTEN_FDS": "1"}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", HANDED_OVER, "web", *gunicorn, *config, "tests.flows.small_app:app"],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(HERE.parent), **own},
                stdin=self.listener,
                stdout=log,
                stderr=log,
            )


class Visit(HTTPConnection):
    """A connection to the socket, of any address family."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__("localhost", timeout=DEADLINE)
        self.listener = listener

    def connect(self) -> None:
        self.sock = socket.socket(self.listener.family)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(self.listener.getsockname())

    def get(self, path: str = "/release") -> bytes:
        self.request("GET", path)
        answer = self.getresponse()
        assert answer.status == 200
        return answer.read()


class Load:
    """Visitors who send requests all the time, with their answers and errors."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.told: dict[str, list[bytes]] = {NEW: [], KEPT: []}
        self.faults: list[BaseException] = []
        self._over = threading.Event()
        kinds = [self._with_new_connections, self._with_a_kept_connection] * VISITORS
        self._threads = [threading.Thread(target=self._watched, args=(kind,)) for kind in kinds]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def reached(self, release: str, *sorts: str) -> bool:
        """Whether these visitors have got an answer of that release, or any visitor has got none."""
        return bool(self.faults) or all(release.encode() in self.told[sort] for sort in sorts)

    def _watched(self, visit: object) -> None:
        assert callable(visit)
        try:
            visit()
        except BaseException as fault:
            self.faults.append(fault)

    def _with_new_connections(self) -> None:
        while not self._over.wait(0.005):
            visit = Visit(self.listener)
            self.told[NEW].append(visit.get())
            visit.close()

    def _with_a_kept_connection(self) -> None:
        """It reconnects only after ``Connection: close``."""
        visit = Visit(self.listener)
        while not self._over.wait(0.005):
            self.told[KEPT].append(visit.get())
        visit.close()


@pytest.fixture(params=["TCP", "unix"])
def listener(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[socket.socket]:
    with ExitStack() as ending:
        if request.param == "TCP":
            made = ending.enter_context(socket.socket())
            made.bind(("127.0.0.1", 0))
        else:
            holder = Server()  # for its folder with a short name
            ending.callback(holder.remove)
            made = ending.enter_context(socket.socket(socket.AF_UNIX))
            made.bind(str(holder.folder / "web.sock"))
        made.listen(512)
        yield made


@pytest.fixture
def sets(listener: socket.socket) -> Iterator[list[WebSet]]:
    made = [WebSet(release, listener) for release in ("first", "second", "third")]
    yield made
    for each in made:
        each.remove()


def half_an_upload(listener: socket.socket) -> Visit:
    upload = Visit(listener)
    upload.putrequest("POST", "/")
    upload.putheader("Content-Length", str(UPLOAD_BYTES))
    upload.endheaders(bytes(UPLOAD_BYTES // 2))
    return upload


def begun_download(listener: socket.socket) -> tuple[Visit, HTTPResponse]:
    """A file of which only the head is read. The rest is more than sockets can buffer."""
    download = Visit(listener)
    download.request("GET", "/file")
    return download, download.getresponse()


def test_a_set_is_replaced_twice_and_no_request_fails(listener: socket.socket, sets: list[WebSet]) -> None:
    sets[0].start()
    with Load(listener) as load:
        assert eventually(lambda: load.reached("first", NEW, KEPT))
        for old, new in pairwise(sets):
            upload, (download, file) = half_an_upload(listener), begun_download(listener)
            quiet = Visit(listener)
            assert quiet.get() == old.release.encode()
            new.start()
            assert eventually(lambda new=new: load.reached(new.release, NEW))
            assert old.process
            old.process.terminate()
            assert eventually(lambda new=new: load.reached(new.release, KEPT)), "they are told to connect anew"
            assert eventually(lambda new=new: alone(new, listener)), "the old set takes no more connections"
            assert load.faults == []
            # The old set waits for the answers that it has started.
            until, left = time.monotonic() + SILENCE, UPLOAD_BYTES // 2
            while time.monotonic() < until:
                left -= 1000
                upload.send(bytes(1000))
                time.sleep(0.1)
            assert quiet.get() == old.release.encode(), "who was silent since then is answered, too"
            upload.send(bytes(left))
            assert upload.getresponse().read() == b"%d bytes" % UPLOAD_BYTES
            assert file.read() == (old.folder / "file").read_bytes()
            upload.close()
            download.close()
            assert old.process.wait(DEADLINE) == 0
    assert load.faults == []
    assert {b"first", b"second", b"third"} == set(load.told[KEPT]) == set(load.told[NEW])


def alone(new: WebSet, listener: socket.socket) -> bool:
    """Whether new connections reach only this set."""
    visits = [Visit(listener) for _ in range(20)]
    told = {visit.get() for visit in visits}
    for visit in visits:
        visit.close()
    return told == {new.release.encode()}
