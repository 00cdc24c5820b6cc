"""One connection from its first byte to its last: requests are read, answered by the app, and sent to the peer.

It is a generator that yields whenever it would have to wait for its peer. So it needs a thread only while there is work
to do; the worker resumes it when the peer is ready, or gives it up when its time is over.
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

#: Seconds for a request's head, from its first byte on, and for a small body.
HEAD_SECONDS, BODY_SECONDS = 15.0, 60.0
#: Bodies of so many bytes are read before the app is called; a larger one is an upload.
BODY_BYTES = 2**16
#: Seconds in which the peer must take something of its answer: 64 kB, for less is not seen.
SEND_SECONDS = 60.0
#: Seconds that an upload waits for a thread.
QUEUE_SECONDS = 120.0
#: Seconds for a peer that is still sending to read its last answer (RFC 9112, section 9.6).
LINGER_SECONDS = 30.0


@dataclass(frozen=True)
class Wait:
    """What a connection waits for: the peer (an event of selectors), or, without one, a thread for an upload."""

    event: int
    until: float
    #: Nothing is lost if it is closed.
    idle: bool = False


Result = TypeVar("Result")
Steps = Generator[Wait, None, Result]

#: What says that the peer is gone, or too slow.
GONE = (ConnectionError, TimeoutError, NoMoreData)
#: It would go on at once, but lets others have their turn.
TURN = Wait(0, 0.0)


class Connection:
    """The state of a connection. Only one thread at a time may be at it."""

    def __init__(self, worker: Worker, peer: socket.socket, client: Any, server: Any) -> None:
        peer.setblocking(False)
        self.peer, self.client, self.server = peer, client, server
        self.incoming, self.outgoing = Incoming(peer), Outgoing(peer)
        #: Whether it needs a thread in which it may wait.
        self.is_upload = False
        self._worker = worker
        self._parser = Parser(worker.cfg, (), client)
        self._parser.unreader = self.incoming
        self._context = copy_context()  # what the app keeps in it goes from one thread to the next
        self._steps = self._serve()

    def step(self) -> Wait | None:
        """Go on until it has to wait; ``None`` if it is closed."""
        return self._context.run(next, self._steps, None)

    def give_up(self) -> None:
        """Close it; a peer that is owed an answer is told why."""
        with suppress(StopIteration):
            self._context.run(self._steps.throw, TimeoutError())

    def hang_up(self) -> None:
        """Have a thread that waits for the peer go on: nothing more will come."""
        with suppress(OSError):
            self.peer.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> Steps[None]:
        try:
            self.incoming.fill()
            while (yield from self._read_head()) and (yield from self._answer()):
                if self.incoming.size:  # the next request has come already
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
        """Whether a request has come."""
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
            self._refuse("408 Request Timeout", "The request was too slow in coming.")
            raise

    def _answer(self) -> Steps[bool]:
        """Answer the request that has come; whether another one may follow."""
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
        except TimeoutError:  # it would have read on
            raise LimitRequestHeaders("too long") from None

    def _read_body(self, request: Any) -> Steps[None]:
        """Wait until a small body is there, or until there is a thread that waits for a large one."""
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
        """Have the app answer; whether another request may follow."""
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
        """Wait until the peer has taken what there is for it."""
        while not self.outgoing.flush():
            yield Wait(EVENT_WRITE, time.monotonic() + SEND_SECONDS)

    def _linger(self) -> Steps[None]:
        """Say that this is the end, and let the peer find out before it is cut off."""
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
