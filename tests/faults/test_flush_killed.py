"""Beat, and the worker that flushes the views, are killed at every step of a flush: the counter is exact."""

from __future__ import annotations

import random
import time

from tests.faults.load import Load, counter_of
from tests.faults.processes import Fleet
from tests.flows.client import Editor

ROUNDS = 20
POINTS = ("batch-started", "batch-added", "batch-committed")


def test_at_each_step(fleet: Fleet, editor: Editor, page: int) -> None:
    item = editor.add("text", page, "Counted", text="Words").id
    path = f"/api/page/content/{page}/"
    for point in POINTS:
        for number in range(ROUNDS):
            fleet.mine(point, f"any-{number}", "group" if number % 10 == 9 else "process")
    beat_killed, until = 0, time.monotonic() + 120
    with Load(fleet, path, readers=2, pause=0.01) as load:
        while beat_killed < ROUNDS or any(fleet.mines(point) for point in POINTS):
            assert time.monotonic() < until, fleet.logs()
            fleet.kill("beat")
            beat_killed += 1
            for _ in range(random.randint(1, 12)):  # beat needs a second to start: flushes are sent by hand, too
                fleet.send("cms.flush_views")
                time.sleep(0.2)
    assert counter_of(fleet, item) == load.answered(path)
    assert load.unanswered[path] == 0
