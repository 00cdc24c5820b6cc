"""The web server with short limits: hanging peers are closed, slow ones are served, and nothing is left open."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest

from tests.servers import WebServer, running
from tests.waiting import DEADLINE, eventually

pytestmark = pytest.mark.xdist_group("web-server")

HEAD = b"Host: a\r\n"
GET, GET_FILE = b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n", b"GET /file HTTP/1.1\r\n" + HEAD + b"\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[WebServer]:
    with running(WebServer()) as server:
        yield server


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def connect(server: WebServer, opened: ExitStack, sent: bytes = b"") -> socket.socket:
    peer = opened.enter_context(socket.create_connection(("127.0.0.1", server.port), DEADLINE))
    peer.sendall(sent)
    return peer


def read_to_end(peer: socket.socket) -> bytes:
    """Read until the server closes the connection."""
    return b"".join(iter(lambda: peer.recv(2**20), b""))


def read_answer(peer: socket.socket) -> bytes:
    """Read one answer, and return its body."""
    file = peer.makefile("rb")
    length = 0
    for line in iter(file.readline, b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split()[1])
    return file.read(length)


def answers(server: WebServer) -> bool:
    one = HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE)
    one.request("GET", "/")
    return one.getresponse().read() == b"0 bytes"


def post(length: int, *lines: str) -> bytes:
    more = "".join(f"{line}\r\n" for line in lines)
    return f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{more}\r\n".encode()


def test_who_keeps_silent_is_closed_in_the_end(server: WebServer, opened: ExitStack) -> None:
    head = connect(server, opened, GET[:-1])
    body = connect(server, opened, post(10) + b"half")
    upload = connect(server, opened, post(10**6) + b"half")
    reader = connect(server, opened, GET_FILE)
    assert read_to_end(head).startswith(b"HTTP/1.1 408 ")
    assert read_to_end(body).startswith(b"HTTP/1.1 408 ")
    assert read_to_end(upload) == b"", "this app has no words for it"
    assert eventually(lambda: server.connections() == 0), "it is closed for us"
    assert len(read_to_end(reader)) < 2**25


def test_uploads_that_hang_keep_nobody_waiting_but_uploads(server: WebServer, opened: ExitStack) -> None:
    for _ in range(6):
        connect(server, opened, post(10**6) + b"half")
    assert all(answers(server) for _ in range(20))
    late = connect(server, opened, post(10**5) + bytes(10**5))
    assert read_answer(late) == b"100000 bytes", "its turn comes"


def test_an_upload_may_take_as_long_as_it_likes_if_it_goes_on(server: WebServer, opened: ExitStack) -> None:
    peer = connect(server, opened, post(10**5))
    began, sent = time.monotonic(), 0
    while time.monotonic() < began + 3:  # longer than a stop may last
        sent += peer.send(bytes(1000))
        time.sleep(0.1)
    peer.sendall(bytes(10**5 - sent))
    assert read_answer(peer) == b"100000 bytes"


def test_a_file_that_is_read_in_small_pieces_is_whole(server: WebServer, opened: ExitStack) -> None:
    peer = socket.socket()
    opened.enter_context(peer)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**12)
    peer.connect(("127.0.0.1", server.port))
    peer.sendall(GET_FILE + GET)
    assert read_answer(peer) == (server.folder / "file").read_bytes()


def test_readers_who_hang_up_leave_nothing_open(server: WebServer) -> None:
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", server.port), DEADLINE) as peer:
            peer.sendall(GET_FILE)
            peer.recv(1000)
    assert eventually(lambda: server.connections() == 0)


def test_the_newest_takes_the_place_of_whoever_was_silent_for_longest(server: WebServer, opened: ExitStack) -> None:
    peers = [connect(server, opened) for _ in range(300)]
    assert all(answers(server) for _ in range(20))
    assert read_to_end(peers[0]) == b""
    peers[-1].sendall(GET)
    assert read_answer(peers[-1]) == b"0 bytes"


def test_a_connection_serves_many_requests_of_all_sorts(server: WebServer, opened: ExitStack) -> None:
    peer = connect(server, opened)
    file = peer.makefile("rb")

    def status() -> bytes:
        line = file.readline()
        for _ in iter(file.readline, b"\r\n"):
            pass
        return line.split()[1]

    peer.sendall(GET + post(3) + b"abc" + GET)
    for said in (b"0 bytes", b"3 bytes", b"0 bytes"):
        assert (status(), file.read(7)) == (b"200", said)
    peer.sendall(post(3, "Expect: 100-continue"))
    assert status() == b"100"
    peer.sendall(b"abc")
    assert (status(), file.read(7)) == (b"200", b"3 bytes")
    peer.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    peer.sendall(b"2\r\nde\r\n0\r\n\r\n" + GET.replace(b"GET", b"HEAD") + GET.replace(b"1.1", b"1.0"))
    assert (status(), file.read(7)) == (b"200", b"5 bytes")
    assert status() == b"200"
    assert (status(), file.read()) == (b"200", b"0 bytes"), "the last one is closed by the server"


def test_new_processes_take_over_and_the_old_ones_finish(server: WebServer, opened: ExitStack) -> None:
    before = server.workers()
    reader, idle = connect(server, opened, GET_FILE), connect(server, opened)
    assert server.process
    os.kill(server.process.pid, signal.SIGHUP)
    assert read_answer(reader) == (server.folder / "file").read_bytes()
    assert read_to_end(idle) == b""
    assert eventually(lambda: len(server.workers()) == 2 and not set(server.workers()) & set(before))
    assert answers(server)
