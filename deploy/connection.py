"""One connection: requests are read, the app answers them, and the answers are sent to the peer.

It is a generator that yields whenever it would have to wait for its peer. So it needs a thread only while there is work
to do. The worker resumes it when the peer is ready, or gives it up at its deadline.
"""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from selectors import EVENT_READ, EVENT_WRITE
from typing import TYPE_CHECKING, Any, TypeVar

from gunicorn.http import wsgi
from gunicorn.http.body import LengthReader
from gunicorn.http.errors import LimitRequestHeaders, NoMoreData

from deploy.messages import Parser, Response
from deploy.streams import AHEAD_BYTES, Incoming, Outgoing

if TYPE_CHECKING:
    from deploy.worker import Worker

#: The most seconds for a request's head, from its first byte, and for a small body.
HEAD_SECONDS, BODY_SECONDS = 15.0, 60.0
#: Bodies up to this size, in bytes, are read before the app is called. A larger one is an upload.
BODY_BYTES = 2**16
#: In so many seconds the peer must accept some of its answer: at least 64 kB, since less is not noticed.
SEND_SECONDS = 60.0
#: The most seconds that an upload waits for a thread.
QUEUE_SECONDS = 120.0
#: Seconds for a peer that is still sending to read the last answer (RFC 9112, section 9.6).
LINGER_SECONDS = 30.0


@dataclass(frozen=True)
class Wait:
    """What a connection waits for: a selectors event of its peer, or, if ``event`` is 0, a thread for an upload."""

    event: int
    until: float
    #: Whether nothing is lost if the connection is closed.
    idle: bool = False


Result = TypeVar("Result")
Steps = Generator[Wait, None, Result]

#: The peer is gone, or too slow.
GONE = (ConnectionError, TimeoutError, NoMoreData)
#: The connection could continue at once, but lets others have their turn.
TURN = Wait(0, 0.0)


class Connection:
    """The state of a connection. Only one thread at a time may use it."""

    def __init__(self, worker: Worker, peer: socket.socket, client: Any, server: Any) -> None:
        peer.setblocking(False)
        self.peer, self.client, self.server = peer, client, server
        self.incoming, self.outgoing = Incoming(peer), Outgoing(peer)
        #: Whether it needs a thread that may block.
        self.is_upload = False
        self._worker = worker
        self._parser = Parser(worker.cfg, (), client)
        self._parser.unreader = self.incoming
        self._context = copy_context()  # the app's context variables move from thread to thread
        self._steps = self._serve()

    def step(self) -> Wait | None:
        """Continue until it has to wait. Return ``None`` if it is closed."""
        return self._context.run(next, self._steps, None)

    def give_up(self) -> None:
        """Close it. If the peer expects an answer, tell it why."""
        with suppress(StopIteration):
            self._context.run(self._steps.throw, TimeoutError())

    def hang_up(self) -> None:
        """Shut down the socket, so that a thread that waits for the peer continues."""
        with suppress(OSError):
            self.peer.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> Steps[None]:
        try:
            self.incoming.fill()
            while (yield from self._read_head()) and (yield from self._answer()):
                if self.incoming.size:  # the next request is already here
                    yield TURN
            yield from self._linger()
        except OSError:
            pass  # the peer is gone, or too slow
        except Exception:
            self._worker.log.exception("Error on a connection")
        finally:
            self.outgoing.close()
            self.peer.close()

    def _read_head(self) -> Steps[bool]:
        """Read the head of a request. Return false if the peer ended the connection."""
        if not (self.incoming.size or self.incoming.ended):
            yield Wait(EVENT_READ, time.monotonic() + self._worker.cfg.keepalive, idle=True)
            self.incoming.fill()
        yield from self._receive(self.incoming.has_head, HEAD_SECONDS)
        return not self.incoming.ended

    def _receive(self, enough: Callable[[], bool], seconds: float) -> Steps[None]:
        until = time.monotonic() + seconds
        try:
            while not (enough() or self.incoming.ended):
                yield Wait(EVENT_READ, until)
                self.incoming.fill()
        except TimeoutError:
            self._refuse("408 Request Timeout", "The request took too long to arrive.")
            raise

    def _answer(self) -> Steps[bool]:
        """Answer the request. Return whether another one may follow."""
        request, goes_on = None, False
        try:
            request = self._parse()
            yield from self._read_body(request)
            goes_on = yield from self._call(request)
        except GONE:
            raise
        except Exception as error:
            self._worker.handle_error(request, self.outgoing, self.client, error)
        yield from self._send()
        return goes_on

    def _parse(self) -> Any:
        try:
            return next(self._parser)
        except TimeoutError:  # the parser needs more than has arrived
            raise LimitRequestHeaders("too long") from None

    def _read_body(self, request: Any) -> Steps[None]:
        """Wait until a small body has arrived, or until there is a thread to wait for a large one."""
        reader = request.body.reader
        length = reader.length if isinstance(reader, LengthReader) else math.inf
        if length <= self.incoming.size:
            return
        if length <= BODY_BYTES and not request._expected_100_continue:
            yield from self._receive(lambda: self.incoming.size >= length, BODY_SECONDS)
            return
        self.is_upload = True
        try:
            yield Wait(0, time.monotonic() + QUEUE_SECONDS)
        except TimeoutError:
            self._refuse("503 Service Unavailable\r\nRetry-After: 60", "Too many uploads are under way.")
            raise
        self.incoming.waits = True

    def _call(self, request: Any) -> Steps[bool]:
        """Let the app answer. Return whether another request may follow."""
        response, environ = wsgi.create(request, self.outgoing, self.client, self.server, self._worker.cfg, Response)
        environ["wsgi.multithread"] = True
        if not self._worker.keeps_connections():
            response.force_close()
        try:
            yield from self._run_app(environ, response)
        except GONE:
            raise
        except Exception:
            if not response.headers_sent:
                raise
            self._worker.log.exception("Error in the middle of an answer")
            return False
        finally:
            self.is_upload = self.incoming.waits = False
        return not response.should_close() and bool(self._parser.finish_body(max_bytes=BODY_BYTES))

    def _run_app(self, environ: dict[str, Any], response: Any) -> Steps[None]:
        answer = self._worker.wsgi(environ, response.start_response)
        try:
            if not (isinstance(answer, wsgi.FileWrapper) and response.sendfile(answer)):
                for piece in answer:
                    response.write(piece)
                    if self.outgoing.size > AHEAD_BYTES:
                        yield from self._send()
            response.close()
        finally:
            if hasattr(answer, "close"):
                answer.close()

    def _send(self) -> Steps[None]:
        """Wait until the peer has accepted all output."""
        while not self.outgoing.flush():
            yield Wait(EVENT_WRITE, time.monotonic() + SEND_SECONDS)

    def _linger(self) -> Steps[None]:
        """Signal the end, and give the peer time to read it before closing the connection."""
        self.peer.shutdown(socket.SHUT_WR)
        until = time.monotonic() + LINGER_SECONDS
        while not self.incoming.ended:
            yield Wait(EVENT_READ, until, idle=True)
            self.incoming.take_buffered()
            self.incoming.fill()

    def _refuse(self, status: str, sentence: str) -> None:
        self.outgoing.sendall(
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(sentence)}\r\n\r\n{sentence}".encode()
        )
        self.outgoing.flush()
