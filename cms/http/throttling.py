"""Uploads give precedence to all other requests."""

from __future__ import annotations

import time

from cms.logs import RequestLog

#: How long an upload pauses for other requests, after every 64 kB.
THROTTLE_SECONDS = 0.002


class UploadThrottle:
    """Gives other requests precedence over an upload, which pauses briefly if any was answered meanwhile.

    Receiving a file occupies a processor and Python's global lock without a break; readers, who need little of either,
    would wait for both at every step. Without other requests the upload does not pause.
    """

    def __init__(self, log: RequestLog) -> None:
        self._log = log
        self._answered = log.answered

    def __call__(self) -> None:
        """Pause if another request was answered since the last call."""
        if self._answered != self._log.answered:
            self._answered = self._log.answered
            time.sleep(THROTTLE_SECONDS)
