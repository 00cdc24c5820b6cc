"""Random inputs: few in a usual run. FUZZ=10 in the environment makes ten times as many."""

from __future__ import annotations

import os

#: How many times as many inputs are made as in a usual run.
TIMES = int(os.environ.get("FUZZ") or 1)
