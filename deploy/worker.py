"""Gunicorn's worker: threads run the application, and an event loop waits for the peers.

In gunicorn's own threaded worker each peer that is slow to send or to read occupies a thread: as many slow peers as
threads stop the site. Here a connection has a thread only while there is work to do. Greenlets would not work: SQLite
waits for a lock without yielding, so the greenlet that holds the lock could not continue.
"""

from __future__ import annotations

import errno
import math
import resource
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain

from gunicorn.workers.gthread import ThreadWorker

from deploy.connection import TURN, Connection, Wait

#: Seconds that a process delays accepting: for each connection that it has, and at most.
FOR_EACH, AT_MOST = 0.00002, 0.0005
#: How many uploads a process receives at once. Their threads mostly wait, and do not delay readers.
UPLOADS = 32
#: How many bytes of answers a process keeps for peers that do not read them.
HELD_BYTES = 64 * 2**20
#: Seconds between checks of the peers' deadlines.
LOOK_SECONDS = 1.0
#: The part of gunicorn's graceful_timeout for which a stopping process keeps idle connections. A request that arrives
#: meanwhile is answered, with ``Connection: close``.
IDLE_AT_END = 0.1
#: Open files of a process besides two for each connection: its socket, and the file that is sent through it.
OTHER_FILES = 400


class Worker(ThreadWorker):  # type: ignore[misc]
    """Runs each connection in a thread whenever its peer is ready.

    The more connections it has, the longer it waits before accepting one, so that a process with fewer takes it. As
    connections last for many requests, one process could otherwise take all of a burst, and leave the others idle.
    """

    worker_connections: int

    def init_process(self) -> None:
        """Prepare, and run until the process is told to stop."""
        self.uploads = ThreadPoolExecutor(UPLOADS)
        #: Connections that wait for their peers, the one that has waited longest first.
        self.waiting: dict[Connection, Wait] = {}
        #: Uploads that wait for a thread, and those that have one.
        self.queued: dict[Connection, Wait] = {}
        self.receiving: set[Connection] = set()
        #: Bytes of answers that are held for waiting connections.
        self.held = 0
        self._next_look, self._idle_until = 0.0, math.inf
        self._allow_files()
        for listener in self.sockets:
            # Output that a peer does not read stays here, where it can be measured, rather than in the kernel.
            if listener.family != socket.AF_UNIX and hasattr(socket, "TCP_NOTSENT_LOWAT"):
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 2**17)
        # Make settings plain attributes: gunicorn reads a dozen for each request, each through two calls.
        self.cfg.__dict__.update({name: setting.get() for name, setting in self.cfg.settings.items()})
        super().init_process()

    def run(self) -> None:
        """Serve until told to stop, and then finish requests for as long as gunicorn allows."""
        try:
            super().run()
        finally:
            for connection in self.receiving:
                connection.hang_up()
            self.uploads.shutdown(wait=False)

    def accept(self, listener: socket.socket) -> None:
        """Accept the next connection, if it still exists."""
        time.sleep(min(self.nr_conns * FOR_EACH, AT_MOST))
        try:
            peer, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._make_room()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self, peer, client, listener.getsockname()))

    def enqueue_req(self, connection: Connection) -> None:
        """Let a thread continue the connection."""
        pool = self.uploads if connection.is_upload else self.tpool
        job = pool.submit(connection.step)
        job.add_done_callback(partial(self.method_queue.defer, self.finish_request, connection))

    def finish_request(self, connection: Connection, job: Future[Wait | None]) -> None:
        """Register what the connection waits for now, unless it has ended."""
        self.receiving.discard(connection)
        wait = job.result()
        if wait is None:
            self.nr_conns -= 1
        elif wait is TURN:
            self.enqueue_req(connection)
        elif wait.event:
            self.waiting[connection] = wait
            self.held += connection.outgoing.size
            self.poller.register(connection.peer, wait.event, partial(self._go_on, connection))
        else:
            self.queued[connection] = wait
        while self.queued and len(self.receiving) < UPLOADS:
            upload = next(iter(self.queued))
            del self.queued[upload]
            self.receiving.add(upload)
            self.enqueue_req(upload)

    def murder_pending(self) -> None:
        """After each round of the loop: make room, and give up connections past their deadlines."""
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        while self.held > HELD_BYTES:
            self._give_up(next(connection for connection in self.waiting if connection.outgoing.size))
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        if not self.alive:
            self._idle_until = min(self._idle_until, now + IDLE_AT_END * self.cfg.graceful_timeout)
        for connection, wait in [*self.waiting.items(), *self.queued.items()]:
            if now >= (min(wait.until, self._idle_until) if wait.idle else wait.until):
                self._give_up(connection)

    def keeps_connections(self) -> bool:
        """Count a request. Return whether its connection may be kept for more."""
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        return bool(self.alive and self.cfg.keepalive)

    def _go_on(self, connection: Connection, _peer: socket.socket) -> None:
        if connection in self.waiting:  # or else it was given up in this round
            self._wait_no_longer(connection)
            self.enqueue_req(connection)

    def _wait_no_longer(self, connection: Connection) -> None:
        del self.waiting[connection]
        self.held -= connection.outgoing.size
        self.poller.unregister(connection.peer)

    def _give_up(self, connection: Connection) -> None:
        if connection in self.waiting:
            self._wait_no_longer(connection)
        else:
            del self.queued[connection]
        connection.give_up()
        self.nr_conns -= 1

    def _make_room(self) -> None:
        """Give up the connection that has waited longest. A paused player, for example, asks again by itself."""
        for connection in chain(self.waiting, self.queued):
            self._give_up(connection)
            return

    def _allow_files(self) -> None:
        """Raise the limit of open files as far as needed and allowed, and limit the connections accordingly."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * self.worker_connections + OTHER_FILES
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < allowed:
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        self.worker_connections = min(self.worker_connections, (allowed - OTHER_FILES) // 2)
