"""Beat, and the worker that flushes the views, are killed at every step of a flush: all totals are exact."""

from __future__ import annotations

from tests.faults.load import Load, Plays, totals_of
from tests.faults.processes import Fleet
from tests.flows.client import Editor
from tests.rounds import ROUNDS, is_rare
from tests.waiting import eventually

POINTS = ("batch-started", "batch-added", "batch-committed")


def test_at_each_step(fleet: Fleet, editor: Editor, page: int) -> None:
    item = editor.add("text", page, "Counted", text="Words").id
    path = f"/api/page/content/{page}/"
    plays = Plays(fleet, editor, "flush-killed")
    with Load(fleet, path, readers=2) as load, plays:
        for number in range(ROUNDS):
            for point in POINTS:
                fleet.mine(point, "any", "group" if is_rare(number, 10) else "process")
            fleet.kill("beat")

            def all_went_off() -> bool:
                fleet.send("cms.flush_views")  # beat needs a second to start, so flushes are also sent by hand
                return not any(fleet.mines(point) for point in POINTS)

            assert eventually(all_went_off, pause=0.2), fleet.logs()
    assert totals_of(fleet, item) == load.views(path)
    assert load.unanswered[path] == 0
    assert plays.total() == plays.counted > 0
