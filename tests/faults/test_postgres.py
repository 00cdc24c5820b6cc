"""PostgreSQL is restarted: requests fail cleanly while it is down, everything recovers, no task is lost."""

from __future__ import annotations

import random
import signal
import time

import pytest
import requests

from tests.faults import videos
from tests.faults.load import Load, totals_of
from tests.faults.processes import Fleet, postgres_away
from tests.flows.client import Editor
from tests.rounds import ROUNDS, is_rare
from tests.waiting import DEADLINE, eventually

pytestmark = pytest.mark.parametrize("fleet", ["servers"], indirect=True)


def test_restarted_under_load(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    assert fleet.postgres
    item = editor.add("text", page, "Counted", text="Words").id
    path, missing = f"/api/page/content/{page}/", "/api/page/content/999999/"
    running = fleet.pids()
    sent = {}
    with Load(fleet, path, missing, "/nothing-here/", readers=6) as load:
        for number in range(ROUNDS):
            name = f"restart-{number}.mp4"
            sent[name] = videos.another(video_bytes)
            videos.send(editor, page, {name: sent[name]})
            time.sleep(random.uniform(0, 0.1))
            with postgres_away(fleet.postgres, signal.SIGQUIT if number % 2 else signal.SIGINT):
                time.sleep(random.uniform(0, 0.3))
                if is_rare(number):
                    assert eventually(load.refused), "some reader has seen it"
            assert eventually(lambda: fleet.checks()[1]["database"] == "ok")
    assert load.others() == {404, 503}, fleet.logs()
    assert load.leaks == []
    assert not load.unanswered
    videos.assert_completed(fleet, page, sent)
    assert totals_of(fleet, item) == load.views(path)
    assert fleet.pids() == running, f"none of ours had to be restarted: {fleet.logs()}"
    videos.assert_tidy(fleet)


def test_what_is_answered_while_it_is_away(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    assert fleet.postgres
    with postgres_away(fleet.postgres, signal.SIGINT):
        paths = ("/api/page/content/999999/", "/nothing/")
        answers = [requests.get(fleet.site + path, timeout=DEADLINE) for path in paths]
        answers.append(editor.send_item("video", page, "A video", {"video": ("a.mp4", video_bytes)}, order=1))
        for answer in answers:
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert "The site cannot reach its database. Please try again in a moment." in answer.text
        assert answers[0].headers["Content-Type"] == "application/problem+json"
        status, checks = fleet.checks()
        assert (status, checks["database"]) == (503, "the database does not answer")
    editor.add("video", page, "A video", {"video": ("a.mp4", video_bytes)})
    videos.assert_completed(fleet, page, {"a.mp4": video_bytes})
