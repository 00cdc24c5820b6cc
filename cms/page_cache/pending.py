"""Pending invalidations: Redis missed a change. Nothing that it keeps is trusted until everything is invalidated."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from redis import RedisError

#: Seconds between two attempts to tell Redis.
RETRY_SECONDS = 1


class PendingInvalidation:
    """Remembers that Redis missed a change, and makes it forget everything as soon as it answers.

    A new connection does this anyway. This class is for a Redis that refused the change and keeps its connections.

    Args:
        forget: makes Redis forget everything; raises ``RedisError`` if Redis does not answer.
    """

    def __init__(self, forget: Callable[[], None]) -> None:
        self._forget = forget
        self._marked = self._flushed = 0
        self._is_retrying = False
        self._lock = threading.Lock()

    def mark(self) -> None:
        """Remember that Redis missed a change of the database."""
        with self._lock:
            self._marked += 1
            if not self._is_retrying:
                # Other processes, which do not know of the change, may ask Redis before this one does.
                self._is_retrying = True
                threading.Thread(target=self._retry, daemon=True).start()

    def flush(self) -> bool:
        """Make Redis forget everything if it missed a change. Call this before trusting an answer of Redis.

        Returns:
            whether Redis had missed a change.

        Raises:
            RedisError: Redis does not answer; the invalidation is still pending.
        """
        marked = self._marked
        if marked == self._flushed:
            return False
        self._forget()
        self._flushed = max(marked, self._flushed)  # what was marked meanwhile is still pending
        return True

    def _retry(self) -> None:
        while True:
            time.sleep(RETRY_SECONDS)
            with suppress(RedisError):
                self.flush()
            with self._lock:
                if self._marked == self._flushed:
                    self._is_retrying = False
                    return
