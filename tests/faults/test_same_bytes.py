"""The same bytes come many times at once while workers are killed: they are stored once."""

from __future__ import annotations

import random
import threading

from tests.faults import films
from tests.faults.processes import WORKERS, Fleet
from tests.flows.client import Editor

UPLOADS, KILLED = 50, 5


def test_fifty_times_at_once(fleet: Fleet, editor: Editor, page: int, film: bytes) -> None:
    data = films.another(film, 200_000)
    sent = {f"same-{number}.mp4": data for number in range(UPLOADS)}
    names = random.sample(sorted(sent), 4 * KILLED)
    points = ["hashing", "placing", "placed", "committed"]
    for point, first in zip(points, range(0, len(names), KILLED), strict=True):
        for name in names[first : first + KILLED]:
            fleet.mine(point, name)
    done = threading.Event()

    def kill() -> None:
        while not done.wait(random.uniform(0.2, 0.6)):
            fleet.kill_child(*WORKERS)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        films.send(editor, page, sent)
    finally:
        done.set()
        killer.join()
    films.assert_completed(fleet, page, sent)
    assert len({row.stored for row in films.rows_of(fleet, page)}) == 1
    assert fleet.one("SELECT count(*) FROM media_file WHERE size = :size", size=len(data)) == 1
    for point in points:
        for name in fleet.mines(point):  # of an upload that was folded, and so never came there
            (fleet.faults / point / name).unlink()
    films.assert_tidy(fleet)
