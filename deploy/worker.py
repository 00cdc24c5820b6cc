"""How gunicorn serves: threads run the application, and an event loop waits for the peers.

Gunicorn's own threaded worker holds a thread for each peer that is slow to send or to read: as many of them as there
are threads stop the site. Here a thread is held only while there is work to do. Greenlets would not do: SQLite waits
for a lock without yielding, so the greenlet that holds it would never go on.
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

#: Seconds that a process waits for each connection that it has, and at the most.
FOR_EACH, AT_MOST = 0.00002, 0.0005
#: Uploads that a process receives at once. Their threads wait most of the time, and keep no reader waiting.
UPLOADS = 32
#: Bytes of answers that a process keeps for peers who do not read them.
HELD_BYTES = 64 * 2**20
#: Seconds between two looks for peers whose time is over.
LOOK_SECONDS = 1.0
#: How much of gunicorn's graceful_timeout idle connections are kept for when the process stops: whoever sends a request
#: meanwhile is answered, and told that the connection closes.
IDLE_AT_END = 0.1
#: Files that a process has open beside two for each connection: its socket, and what is sent through it.
OTHER_FILES = 400


class Worker(ThreadWorker):  # type: ignore[misc]
    """Runs connections, each in a thread whenever its peer is ready.

    It takes a new connection a moment later the more it has, so that a process with fewer comes first: connections are
    kept for many requests, and of many that come at once one process could take all, and the others had nothing to do.
    """

    worker_connections: int

    def init_process(self) -> None:
        """Prepare, and run until told to stop."""
        self.uploads = ThreadPoolExecutor(UPLOADS)
        #: What waits for its peer, the longest silent first.
        self.waiting: dict[Connection, Wait] = {}
        #: Uploads that wait for a thread, and those that have one.
        self.queued: dict[Connection, Wait] = {}
        self.receiving: set[Connection] = set()
        #: Bytes of answers for those who wait.
        self.held = 0
        self._next_look, self._idle_until = 0.0, math.inf
        self._allow_files()
        for listener in self.sockets:
            # What a peer does not read waits here, where it can be seen, rather than in the kernel.
            if listener.family != socket.AF_UNIX and hasattr(socket, "TCP_NOTSENT_LOWAT"):
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 2**17)
        # Settings as plain attributes: gunicorn looks up a dozen of them for each request, each through two calls.
        self.cfg.__dict__.update({name: setting.get() for name, setting in self.cfg.settings.items()})
        super().init_process()

    def run(self) -> None:
        """Serve until told to stop, and then for as long as gunicorn allows for what is under way."""
        try:
            super().run()
        finally:
            for connection in self.receiving:
                connection.hang_up()
            self.uploads.shutdown(wait=False)

    def accept(self, listener: socket.socket) -> None:
        """Take the next connection, if it is still there."""
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
        """Have a thread go on with it."""
        pool = self.uploads if connection.is_upload else self.tpool
        job = pool.submit(connection.step)
        job.add_done_callback(partial(self.method_queue.defer, self.finish_request, connection))

    def finish_request(self, connection: Connection, job: Future[Wait | None]) -> None:
        """See what it waits for now, if it has not come to its end."""
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
        """What the loop does after each round: see to it that there is room, and whose time is over."""
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
        """Count one request; whether its connection may be kept for others."""
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        return bool(self.alive and self.cfg.keepalive)

    def _go_on(self, connection: Connection, _peer: socket.socket) -> None:
        if connection in self.waiting:  # else it was given up in this very round
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
        """Give up whose peer has kept silent for longest: a player that has paused, say, asks again by itself."""
        for connection in chain(self.waiting, self.queued):
            self._give_up(connection)
            return

    def _allow_files(self) -> None:
        """Ask for as many open files as there may be, and take no more connections than there are files for."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * self.worker_connections + OTHER_FILES
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < allowed:
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        self.worker_connections = min(self.worker_connections, (allowed - OTHER_FILES) // 2)
