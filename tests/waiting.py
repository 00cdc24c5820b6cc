"""Waiting for conditions rather than for fixed times."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

#: The deadline in seconds, enough for the slowest machine. No test's duration depends on it.
DEADLINE = 120


def eventually(look: Callable[[], Any], pause: float = 0.05) -> Any:
    """The first true result of ``look``; after the deadline its last result, which is false."""
    until = time.monotonic() + DEADLINE
    while not (found := look()) and time.monotonic() < until:
        time.sleep(pause)
    return found
