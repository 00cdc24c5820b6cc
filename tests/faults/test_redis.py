"""Redis dies and comes back, perhaps empty: the site keeps working, and no view is counted twice."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.faults import videos
from tests.faults.load import Load, Plays, counter_of, totals_of
from tests.faults.processes import WORKERS, Fleet
from tests.flows.client import Editor, Visitor
from tests.rounds import ROUNDS
from tests.waiting import eventually

#: How often Redis is wiped before beat and the workers come back.
GROUP = min(10, ROUNDS)


def test_stopped_and_back_under_load(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    item = editor.add("text", page, "Counted", text="Words").id
    path = f"/api/page/content/{page}/"
    sent = {f"away-{number}.mp4": videos.another(video_bytes) for number in range(ROUNDS)}
    killed = []
    plays = Plays(fleet, editor, "redis-stopped")
    with Load(fleet, path) as load, plays:
        for number, (name, data) in enumerate(sent.items()):
            up = time.monotonic()
            time.sleep(random.uniform(0, 0.3))
            fleet.redis.stop(how := signal.SIGKILL if number % 2 else signal.SIGTERM)
            if how == signal.SIGKILL:
                killed.append((up, time.monotonic()))
            videos.send(editor, page, {name: data})
            status, checks = fleet.checks()
            assert (status, checks["redis"], checks["database"]) == (503, "Redis does not answer", "ok")
            time.sleep(random.uniform(0, 0.2))
            fleet.redis.start()
    assert load.others() == set()
    assert load.unanswered[path] == 0, "pages came from the database all the while"
    videos.assert_completed(fleet, page, sent)
    totals = totals_of(fleet, item)
    if fleet.postgres:
        assert totals == load.views(path)
        assert plays.total() == plays.counted > 0
    else:
        # The embedded Redis syncs its log every second. While that takes longer it keeps data in memory, for at most
        # two seconds (redis.conf, "appendfsync").
        at_risk = sum(any(up <= moment <= down and down - moment < 2 for up, down in killed) for moment in load.times)
        assert 0 <= load.answered(path) - sum(totals) <= at_risk, fleet.logs()
    videos.assert_tidy(fleet)


@pytest.mark.parametrize("how", ["emptied", "restarted"])
def test_wiped(fleet: Fleet, editor: Editor, visitor: Visitor, page: int, video_bytes: bytes, how: str) -> None:
    item = editor.add("text", page, "Counted", text="Words").id
    sent = {f"wiped-{number}.mp4": videos.another(video_bytes) for number in range(ROUNDS)}

    def shown() -> int:
        return next(shown["counter"] for shown in visitor.items(page) if shown["id"] == item)

    def stored() -> int:
        return int(fleet.one("SELECT counter FROM content_item WHERE id = :item", item=item))

    for number, (name, data) in enumerate(sent.items()):
        if number % GROUP == 0:
            for _ in range(3):
                shown()
            counter_of(fleet, item)
            fleet.halt("beat", *WORKERS)  # the messages below are lost, and counted views are not flushed
        videos.send(editor, page, {name: data})
        first = shown()
        more = [shown() for _ in range(4)]
        if how == "emptied":
            assert more == [first + 1, first + 2, first + 3, first + 4]
            with fleet.redis_client() as redis:
                redis.flushall()
        else:  # Threads whose connections died with the last Redis count in the database, and show its counters.
            fleet.wipe_redis()
        kept, asked = stored(), fleet.one("SELECT count(*) FROM unanswered_count")
        assert shown() == kept, "the live counter is the database's again"
        if number % GROUP == GROUP - 1 or number == ROUNDS - 1:
            for process in ("beat", *WORKERS):
                fleet.run(process)
            assert counter_of(fleet, item) == kept + asked + 1
    videos.assert_completed(fleet, page, sent)
    assert eventually(lambda: fleet.checks()[0] == 200), fleet.checks()
    videos.assert_tidy(fleet)


def test_full(fleet: Fleet, editor: Editor, visitor: Visitor, page: int, video_bytes: bytes) -> None:
    """It refuses writes, answers everything else, and keeps its connections."""
    item, uploading = editor.add("text", page, "Counted", text="Words").id, editor.new_page("Uploaded meanwhile")
    sent = {f"full-{number}.mp4": videos.another(video_bytes) for number in range(ROUNDS)}
    running = fleet.pids()
    path, slug = f"/api/page/content/{page}/", visitor.page(page)["url"].removeprefix(fleet.site)
    seen = 1
    with Load(fleet, path, slug, "/") as load, fleet.redis_client() as redis:
        for number, (name, data) in enumerate(sent.items()):
            redis.config_set("maxmemory", 1)
            try:
                time.sleep(random.uniform(0, 0.2))
                editor.edit("page", page, title=f"Full {number}")
                videos.send(editor, uploading, {name: data})
                for address in (path, slug, "/"):
                    assert f"Full {number}" in visitor.get(address).text
            finally:
                redis.config_set("maxmemory", 0)
            for address in (path, slug, "/"):
                assert f"Full {number}" in visitor.get(address).text
            seen += 4
            time.sleep(random.uniform(0, 0.2))
    assert load.others() == set()
    videos.assert_completed(fleet, uploading, sent)
    (clients, bots), (more_clients, more_bots) = load.views(path), load.views(slug)
    assert totals_of(fleet, item) == (clients + more_clients + seen, bots + more_bots)
    assert fleet.pids() == running, f"none of ours had to be restarted: {fleet.logs()}"
    videos.assert_tidy(fleet)
