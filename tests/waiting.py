"""Waiting for what will come, and for no fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

#: Seconds after which something has failed to come, on the slowest of machines. No test takes its time from it.
DEADLINE = 120


def eventually(look: Callable[[], Any], pause: float = 0.05) -> Any:
    """The first true answer of ``look``; after the deadline its last answer, which is not."""
    until = time.monotonic() + DEADLINE
    while not (found := look()) and time.monotonic() < until:
        time.sleep(pause)
    return found
