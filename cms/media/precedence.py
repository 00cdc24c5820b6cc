"""Verdicts on uploads go first: whoever encodes on the same machine pauses while one is worked out.

Niceness alone does not do that where two processors are threads of one core, and share its units and its memory. It is
told by a lock of the kernel (``flock``) on the mark of the staging folder, so nothing is left of a worker that died.
Without the mark, or where the file system has no locks, nobody pauses.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

from cms.media.folder_marks import NAME
from cms.media.storage.staging import Staging

#: Seconds between two looks.
LOOK_SECONDS = 0.02
#: The longest pause. Afterwards the work goes on for as long as it has paused, whatever is still worked out.
PAUSE_SECONDS = 1.0


@contextmanager
def taken(staging: Staging) -> Iterator[None]:
    """For whoever works out a verdict; several may at a time."""
    with ExitStack() as held:
        with suppress(OSError):
            fcntl.flock(held.enter_context(staging.path(NAME).open("rb")), fcntl.LOCK_SH)
        yield


class Courtesy:
    """For whoever has work in a process group of its own, which pauses."""

    def __init__(self, staging: Staging) -> None:
        self._mark = staging.path(NAME)
        self._file: BinaryIO | None = None
        self._not_before = 0.0

    def __enter__(self) -> Courtesy:
        with suppress(OSError):
            self._file = self._mark.open("rb")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def give_way(self, group: int) -> None:
        """Pause the processes of a group while a verdict is worked out."""
        began = time.monotonic()
        if began < self._not_before or not self._is_taken():
            return
        with suppress(ProcessLookupError):  # it has ended, or is not a group yet
            os.killpg(group, signal.SIGSTOP)
            try:
                while self._is_taken() and time.monotonic() < began + PAUSE_SECONDS:
                    time.sleep(LOOK_SECONDS)
            finally:
                os.killpg(group, signal.SIGCONT)
        now = time.monotonic()
        self._not_before = now + (now - began)

    def _is_taken(self) -> bool:
        if self._file is None:
            return False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return False
