"""How often faults are tried: twice in a usual run, twenty times or more by ``make torture``."""

from __future__ import annotations

import os

#: ``ROUNDS`` in the environment sets another number.
ROUNDS = int(os.environ.get("ROUNDS") or 2)


def is_rare(number: int, one_in: int = 6) -> bool:
    """Whether a round is one of the few with the harder variant. The second round always is."""
    return number % one_in == 1
