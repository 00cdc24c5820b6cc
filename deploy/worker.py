"""How gunicorn's processes share connections."""

from __future__ import annotations

import socket
import time

from gunicorn.workers.gthread import ThreadWorker

#: Seconds that a process waits for each connection that it has, and at the most.
FOR_EACH, AT_MOST = 0.00002, 0.0005


class EvenWorker(ThreadWorker):  # type: ignore[misc]
    """Takes a new connection a moment later the more it has, so that a process with fewer comes first.

    Connections are kept for many requests, and stay with the process that took them. Of many that come at once one
    process could take all, and the others had nothing to do.
    """

    def accept(self, listener: socket.socket) -> None:
        """Take the next connection, if it is still there."""
        time.sleep(min(self.nr_conns * FOR_EACH, AT_MOST))
        super().accept(listener)
