"""The same bytes are uploaded many times at once while workers are killed: they are stored once."""

from __future__ import annotations

import random
import threading

from tests.faults import videos
from tests.faults.processes import WORKERS, Fleet
from tests.flows.client import Editor
from tests.rounds import ROUNDS

#: How many of the uploads are killed at each point.
UPLOADS, KILLED = 50 if ROUNDS > 2 else 10, 2
POINTS = ("hashing", "placing", "placed", "committed")


def test_many_times_at_once(fleet: Fleet, editor: Editor, video_bytes: bytes) -> None:
    rounds: dict[int, videos.Videos] = {}
    done = threading.Event()

    def kill() -> None:
        while not done.wait(random.uniform(0.5, 1.5)):
            fleet.kill_child(*WORKERS)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        for number in range(ROUNDS):
            page = editor.new_page(f"The same, {number}")
            data = videos.another(video_bytes, 20_000)
            sent = rounds[page] = {f"same-{number}-{name}.mp4": data for name in range(UPLOADS)}
            names = iter(random.sample(sorted(sent), len(POINTS) * KILLED))
            for point, name in zip(POINTS * KILLED, names, strict=True):
                fleet.mine(point, name)
            videos.send(editor, page, sent)
    finally:
        done.set()
        killer.join()
    for page, sent in rounds.items():
        videos.assert_completed(fleet, page, sent)
        assert len({row.stored for row in videos.rows_of(fleet, page)}) == 1
    assert fleet.one("SELECT count(*) FROM media_file WHERE size = :size", size=len(data)) == ROUNDS
    for point in POINTS:
        for name in fleet.mines(point):  # of an upload that was deduplicated, and so never got there
            (fleet.faults / point / name).unlink()
    videos.assert_tidy(fleet)
