"""How often what may go wrong is tried: twice in a usual run, twenty times and more by ``make torture``."""

from __future__ import annotations

import os

#: ``ROUNDS`` in the environment makes more of them.
ROUNDS = int(os.environ.get("ROUNDS") or 2)


def is_rare(number: int, one_in: int = 6) -> bool:
    """Whether a round is one of the few in which the harder variant happens; the second one always is."""
    return number % one_in == 1
