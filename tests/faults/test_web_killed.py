"""Web processes are killed while they receive, save and count: nothing partial, every answered view counted."""

from __future__ import annotations

import random
import time

import pytest
import requests

from tests.faults import videos
from tests.faults.load import Load, Plays, totals_of
from tests.faults.processes import WORKERS, Fleet
from tests.flows.client import Editor
from tests.rounds import ROUNDS, is_rare
from tests.waiting import eventually


def send_and_be_cut_off(fleet: Fleet, editor: Editor, page: int, point: str, number: int, data: bytes) -> None:
    name = f"{point}-{number}.mp4"
    fleet.mine(point, "any", "group" if is_rare(number, 10) else "process")
    with pytest.raises(requests.ConnectionError):
        editor.send_item("video", page, name, {"video": (name, data)}, order=1)
    assert fleet.mines(point) == []
    assert eventually(lambda: _answers(fleet), pause=0.02)


@pytest.mark.parametrize("point", ["receiving", "staged"])
def test_before_the_commit(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes, point: str) -> None:
    uploads = fleet.one("SELECT count(*) FROM upload")
    fleet.freeze(*WORKERS)
    for number in range(ROUNDS):
        data = videos.another(video_bytes, random.randint(150_000, 400_000))
        send_and_be_cut_off(fleet, editor, page, point, number, data)
    assert fleet.staging, "what had been received stays until it is swept"
    fleet.thaw(*WORKERS)
    assert fleet.one("SELECT count(*) FROM content_item WHERE page_id = :page", page=page) == 0
    assert fleet.one("SELECT count(*) FROM upload") == uploads
    videos.assert_tidy(fleet)


def test_after_the_commit(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    sent = {f"saved-{number}.mp4": videos.another(video_bytes) for number in range(ROUNDS)}
    for number, data in enumerate(sent.values()):
        send_and_be_cut_off(fleet, editor, page, "saved", number, data)
    videos.assert_completed(fleet, page, sent)
    videos.assert_tidy(fleet)


def test_under_load(fleet: Fleet, editor: Editor, page: int) -> None:
    item = editor.add("text", page, "Counted", text="Words").id
    path = f"/api/page/content/{page}/"
    plays = Plays(fleet, editor, "web-killed")
    with Load(fleet, path, readers=8) as load, plays:
        for number in range(20 * ROUNDS):
            if number >= ROUNDS and load.unanswered[path]:
                break  # some have been cut off
            time.sleep(random.uniform(0.05, 0.3))
            fleet.kill("web") if is_rare(number, 5) else fleet.kill_child("web")
        assert eventually(lambda: _answers(fleet))
    counted = sum(totals_of(fleet, item))
    assert load.others() == set()
    assert load.unanswered[path] > 0, "some were cut off"
    assert load.answered(path) <= counted <= load.answered(path) + load.unanswered[path]
    assert plays.total() == plays.counted > 0


def _answers(fleet: Fleet) -> bool:
    try:
        return requests.get(f"{fleet.site}/healthz", timeout=5).ok
    except requests.RequestException:
        return False
