"""What the database has and Redis was not told: what Redis keeps is not believed before it has forgotten all of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from redis import RedisError

#: How often Redis is told again, in seconds, until it listens.
CLEAR_SECONDS = 1


class Doubt:
    """A process's doubt in what Redis keeps.

    Where the connection broke, whoever connects again has Redis forget; but it may have refused, and go on as before.

    Args:
        forget: has Redis forget all it keeps; raises ``RedisError`` if it does not listen.
    """

    def __init__(self, forget: Callable[[], None]) -> None:
        self._forget = forget
        self._arisen = self._cleared = 0
        self._is_telling = False
        self._lock = threading.Lock()

    def arise(self) -> None:
        """Something is in the database that Redis was not told."""
        with self._lock:
            self._arisen += 1
            if not self._is_telling:
                # Other processes may ask Redis before this one does, and know nothing of it.
                self._is_telling = True
                threading.Thread(target=self._keep_telling, daemon=True).start()

    def clear(self) -> None:
        """Before an answer of Redis is believed: have it forget, if there is doubt.

        Raises:
            RedisError: it was not told; the doubt remains.
        """
        arisen = self._arisen
        if arisen != self._cleared:
            self._forget()
            self._cleared = max(arisen, self._cleared)  # what has come up meanwhile is still in doubt

    def _keep_telling(self) -> None:
        while True:
            time.sleep(CLEAR_SECONDS)
            with suppress(RedisError):
                self.clear()
            with self._lock:
                if self._arisen == self._cleared:
                    self._is_telling = False
                    return
