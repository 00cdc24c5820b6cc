"""A connection step by step: whenever its peer is slow, it returns its thread, and what it waits for."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.wsgi import FileWrapper
from gunicorn.workers.base import Worker

from deploy import streams
from deploy.connection import TURN, Connection

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#: More than both sockets can buffer.
LARGE = os.urandom(2**22)
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Answers:
    """An app with given answers, which records its requests and how far its answers were read."""

    def __init__(self, *pieces: bytes, length: int | None = None) -> None:
        self.pieces, self.length = pieces, length
        self.bodies: list[bytes] = []
        self.read, self.closed = 0, 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answers:
        self.bodies.append(environ["wsgi.input"].read())
        length = sum(map(len, self.pieces)) if self.length is None else self.length
        start_response("200 OK", [("Content-Length", str(length))])
        return self

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            yield piece

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def peers() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection: the client's, and ours."""
    client, ours = socket.socketpair()
    with client, ours:
        client.settimeout(60)
        yield client, ours


@pytest.fixture
def serve(peers: tuple[socket.socket, socket.socket]) -> Callable[[App], Connection]:
    def start(app: App) -> Connection:
        worker = SimpleNamespace(
            cfg=Config(), wsgi=app, keeps_connections=lambda: True, log=logging.getLogger("worker"), handle_error=None
        )
        worker.log.access = lambda *_: None
        worker.handle_error = Worker.handle_error.__get__(worker)
        return Connection(worker, peers[1], ("127.0.0.1", 1), ("127.0.0.1", 2))

    return start


@pytest.fixture
def client(peers: tuple[socket.socket, socket.socket]) -> socket.socket:
    return peers[0]


def received(client: socket.socket) -> bytes:
    """Everything that has arrived."""
    client.setblocking(False)
    found = b""
    try:
        while data := client.recv(2**20):
            found += data
    except BlockingIOError:
        pass
    return found


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def waits_for(connection: Connection) -> int:
    wait = connection.step()
    assert wait is not None, "it is closed"
    return wait.event


def test_a_request_that_is_there_is_answered_at_once(serve: Any, client: socket.socket) -> None:
    client.sendall(GET)
    one = serve(app := Answers(b"one ", b"two"))
    wait = one.step()
    assert (wait.event, wait.idle) == (EVENT_READ, True)
    assert received(client).endswith(b"\r\n\r\none two")
    assert app.closed == 1


def test_a_head_is_waited_for_byte_by_byte_without_a_thread(serve: Any, client: socket.socket) -> None:
    one = serve(app := Answers(b"ok"))
    assert one.step().idle
    limits = set()
    for byte in GET[:-1]:
        client.sendall(bytes([byte]))
        wait = one.step()
        assert (wait.event, wait.idle) == (EVENT_READ, False)
        limits.add(wait.until)
    assert len(limits) == 1, "the limit is one for the whole head, however it comes"
    assert app.bodies == []
    client.sendall(GET[-1:])
    assert one.step().idle
    assert received(client).endswith(b"ok")


def test_a_small_body_is_there_before_the_app_is_called(serve: Any, client: socket.socket) -> None:
    client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab")
    one = serve(app := Answers(b"ok"))
    assert waits_for(one) == EVENT_READ
    assert app.bodies == []
    client.sendall(b"cde")
    assert one.step().idle
    assert app.bodies == [b"abcde"]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: 70000", b"x" * 70000),
        (b"Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n"),
        (b"Content-Length: 3\r\nExpect: 100-continue", b"abc"),
    ],
    ids=["large", "chunked", "expecting"],
)
def test_a_body_that_is_waited_for_has_a_thread_of_its_own(
    serve: Any, client: socket.socket, head: bytes, body: bytes
) -> None:
    client.sendall(b"POST / HTTP/1.1\r\n" + head + b"\r\n\r\n")
    one = serve(app := Answers(b"ok"))
    assert waits_for(one) == 0
    assert one.is_upload
    client.sendall(body)
    assert one.step().idle
    assert not one.is_upload, "the thread is given back"
    assert [len(found) for found in app.bodies] == [3 if len(body) < 100 else len(body)]
    assert received(client).startswith(b"HTTP/1.1 100 " if b"Expect" in head else b"HTTP/1.1 200 ")


def test_an_answer_is_made_no_faster_than_it_is_read(serve: Any, client: socket.socket) -> None:
    pieces = [LARGE[start : start + 2**14] for start in range(0, len(LARGE), 2**14)]
    client.sendall(GET)
    one = serve(app := Answers(*pieces))
    assert waits_for(one) == EVENT_WRITE
    found = b""
    while True:
        ahead = app.read * 2**14 - len(found)
        assert ahead < len(LARGE) / 4
        found += received(client)
        if one.step().event == EVENT_READ:
            break
    found += received(client)
    assert found.endswith(b"\r\n\r\n" + LARGE)
    assert app.closed == 1


def test_an_answer_may_have_any_number_of_pieces(serve: Any, client: socket.socket) -> None:
    pieces = [b"%d " % number for number in range(3 * streams.PIECES)]
    client.sendall(GET)
    assert waits_for(serve(Answers(*pieces))) == EVENT_READ
    assert received(client).endswith(b"\r\n\r\n" + b"".join(pieces))


@pytest.mark.parametrize("start", [0, 12345])
def test_a_file_is_sent_from_where_it_stands(serve: Any, client: socket.socket, tmp_path: Path, start: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(LARGE + b"what follows")
    opened = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> FileWrapper:
        opened.append(path.open("rb"))
        opened[0].seek(start)
        start_response("206 Partial Content", [("Content-Length", str(len(LARGE) - start))])
        return FileWrapper(opened[0])

    client.sendall(GET + GET.replace(b"GET", b"HEAD"))
    one = serve(app)
    assert waits_for(one) == EVENT_WRITE
    assert opened[0].closed, "the app is done with it"
    found = received(client)
    while (wait := one.step()) is not TURN:
        assert wait.event == EVENT_WRITE
        found += received(client)
    found += received(client)
    _, _, body = found.partition(b"\r\n\r\n")
    assert body == LARGE[start:]
    opened.clear()
    assert one.step().idle
    assert received(client).endswith(b"\r\n\r\n"), "HEAD has no body"


def test_requests_in_a_row_are_answered_in_turn(serve: Any, client: socket.socket) -> None:
    client.sendall(GET * 3)
    one = serve(Answers(b"ok"))
    assert [one.step() is TURN, one.step() is TURN, one.step().idle] == [True, True, True]
    assert received(client).count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\n\n",
    ],
)
def test_the_last_answer_is_followed_by_an_end(serve: Any, client: socket.socket, request_: bytes) -> None:
    client.sendall(request_)
    one = serve(Answers(b"ok"))
    wait = one.step()
    assert (wait.event, wait.idle) == (EVENT_READ, True)
    assert client.recv(2**16).startswith((b"HTTP/1.0 200 OK", b"HTTP/1.1 200 OK", b"HTTP/1.1 400 "))
    assert client.recv(1) == b""
    client.sendall(b"what comes now is not a request")
    assert one.step().idle
    client.close()
    assert one.step() is None


def test_a_head_that_is_too_long_is_refused(serve: Any, client: socket.socket) -> None:
    one = serve(Answers(b"ok"))
    one.step()
    sent = b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * streams.HEAD_BYTES
    client.setblocking(False)
    while not (found := received(client)):
        sent = sent[client.send(sent[: 2**16]) :]
        one.step()
    assert found.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (GET[:-1], b"HTTP/1.1 408 "),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", b"HTTP/1.1 408 "),
        (
            b"POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\nab",
            b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\n",
        ),
    ],
    ids=["nothing", "half a head", "half a body", "no thread for an upload"],
)
def test_who_is_given_up_is_told_why(serve: Any, client: socket.socket, sent: bytes, answer: bytes) -> None:
    client.sendall(sent)
    one = serve(app := Answers(b"ok"))
    one.step()
    one.give_up()
    found = b"".join(iter(lambda: client.recv(2**16), b""))
    assert found.startswith(answer)
    assert bool(found) == bool(answer)
    assert app.bodies == []


def test_an_answer_that_is_given_up_is_closed(serve: Any, client: socket.socket) -> None:
    client.sendall(GET)
    one = serve(app := Answers(LARGE, LARGE))
    assert waits_for(one) == EVENT_WRITE
    one.give_up()
    assert (app.read, app.closed) == (1, 1)


def test_a_file_that_is_given_up_is_closed(serve: Any, client: socket.socket, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(LARGE)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> FileWrapper:
        start_response("200 OK", [("Content-Length", str(len(LARGE)))])
        return FileWrapper((tmp_path / "file").open("rb"))

    before = open_files()
    client.sendall(GET)
    one = serve(app)
    assert waits_for(one) == EVENT_WRITE
    assert open_files() == before + 1
    one.give_up()
    assert open_files() == before - 1, "our end of the connection is closed, too"


def test_a_peer_that_is_gone_ends_it(serve: Any, client: socket.socket) -> None:
    client.sendall(GET)
    one = serve(app := Answers(LARGE))
    assert waits_for(one) == EVENT_WRITE
    client.close()
    assert one.step() is None
    assert app.closed == 1


def test_half_an_upload_is_an_error_to_the_app(serve: Any, client: socket.socket) -> None:
    seen = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        seen.append(len(environ["wsgi.input"].read()))
        start_response("400 Bad Request", [("Content-Length", "0")])
        return []

    client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\nab")
    client.shutdown(socket.SHUT_WR)
    one = serve(app)
    assert waits_for(one) == 0
    assert one.step().idle
    assert seen == [2]
    assert one.step() is None
    assert received(client).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(("rate", "is_taken"), [(0, True), (10**6, False)])
def test_an_upload_may_be_slow_but_not_too_slow(
    serve: Any, client: socket.socket, monkeypatch: pytest.MonkeyPatch, rate: int, is_taken: bool
) -> None:
    monkeypatch.setattr(streams, "UPLOAD_SECONDS", 0.1)
    monkeypatch.setattr(streams, "UPLOAD_RATE", rate)
    client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n")
    one = serve(app := Answers(b"ok"))
    assert waits_for(one) == 0
    sender = threading.Thread(target=_send_slowly, args=(client, bytes(70000)), daemon=True)
    sender.start()
    wait = one.step()
    assert (wait is not None, [len(body) for body in app.bodies]) == (is_taken, [70000] if is_taken else [])
    one.hang_up()
    sender.join()


def _send_slowly(client: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        for start in range(0, len(data), 10000):
            client.sendall(data[start : start + 10000])
            time.sleep(0.05)
