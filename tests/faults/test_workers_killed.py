"""Workers are killed at every step of an upload, and at random moments: each upload is completed, once."""

from __future__ import annotations

import random
import time

import pytest

from tests.faults import videos
from tests.faults.processes import WORKERS, Fleet
from tests.flows.client import Editor
from tests.rounds import ROUNDS, is_rare
from tests.waiting import eventually


@pytest.mark.parametrize("point", ["claimed", "hashing", "placing", "placed", "committed"])
def test_at_each_step(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes, point: str) -> None:
    sent = {f"{point}-{number}.mp4": videos.another(video_bytes) for number in range(ROUNDS)}
    for number, name in enumerate(sent):
        fleet.mine(point, name, "group" if is_rare(number) else "process")
    videos.send(editor, page, sent)
    videos.assert_completed(fleet, page, sent)
    # A committed upload is not processed again: if it was killed with another one's group, its own mine is left.
    left = sum(map(is_rare, range(ROUNDS))) if point == "committed" else 0
    assert eventually(lambda: len(fleet.mines(point)) <= left), "each of them has been killed there"
    for name in fleet.mines(point):
        (fleet.faults / point / name).unlink()
    videos.assert_tidy(fleet)


def test_at_any_moment(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    sent = {f"moment-{number}.mp4": videos.another(video_bytes, 3_000_000) for number in range(ROUNDS)}
    for number, (name, data) in enumerate(sent.items()):
        videos.send(editor, page, {name: data})
        time.sleep(random.uniform(0, 0.05))
        fleet.kill(random.choice(WORKERS)) if is_rare(number, 5) else fleet.kill_child(*WORKERS)
    videos.assert_completed(fleet, page, sent)
    videos.assert_tidy(fleet)
