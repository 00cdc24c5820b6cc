"""Redis dies and comes back: pages are read, edited and counted all the time, and an upload waits for its worker."""

from __future__ import annotations

import os
import shlex
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import requests

from tests.elsewhere import program
from tests.flows.client import Editor, Visitor
from tests.flows.stack import ROOT, Stack
from tests.servers import RedisServer, missing, running
from tests.waiting import DEADLINE, eventually

#: The tests share one copy.
pytestmark = pytest.mark.xdist_group("redis-away")


class Parts(Stack):
    """Web, workers and beat as the Procfile has them, without the supervisor that stops all of them when one ends."""

    def __init__(self, redis: RedisServer) -> None:
        super().__init__(REDIS_URL=redis.url)
        self._parts: list[BaseProcess] = []

    def start(self) -> Parts:
        lines = (
            line.split(":", 1) for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines() if ":" in line
        )
        commands = {name: command for name, command in lines if name != "redis"}
        self.prepare()
        for name, command in commands.items():
            words = shlex.split(command)
            module = words[words.index("-m") + 1 :]
            self._parts.append(program(self.environ, module, self.home / f"{name}.log"))
        assert eventually(self.ready), self.logs
        return self

    def stop(self, how: signal.Signals = signal.SIGKILL) -> int | None:
        """(A worker whose broker was down may need half a minute to stop.)"""
        for part in self._parts:
            assert part.pid
            with suppress(ProcessLookupError):
                os.killpg(part.pid, how)
            part.join()
        return None

    @property
    def alive(self) -> bool:
        return all(part.is_alive() for part in self._parts)

    @property
    def logs(self) -> str:
        return "\n".join(log.read_text(errors="replace")[-2000:] for log in self.home.glob("*.log"))

    def half_a_minute_passes(self) -> None:
        """After that time recovery sends the tasks that the broker missed."""
        with closing(sqlite3.connect(self.home / "mediafold.db", timeout=DEADLINE)) as connection, connection:
            connection.execute("UPDATE upload SET next_send_at = datetime(next_send_at, '-30 seconds')")

    def checks(self) -> tuple[int, dict[str, str]]:
        answer = requests.get(f"{self.site}/readyz", timeout=DEADLINE)
        return answer.status_code, answer.json()["checks"]


@pytest.fixture(scope="module")
def mortal_redis() -> Iterator[RedisServer]:
    """A Redis that the tests may kill and restart."""
    if reason := missing("redis"):
        pytest.skip(reason)
    with running(RedisServer()) as server:
        yield server


@pytest.fixture(scope="module")
def parts(mortal_redis: RedisServer) -> Iterator[Parts]:
    parts = Parts(mortal_redis)
    try:
        yield parts.start()
    finally:
        parts.remove()


def test_redis_dies_and_comes_back(parts: Parts, mortal_redis: RedisServer, media_files: dict[str, Path]) -> None:
    editor, visitor = Editor(parts), Visitor(parts)
    page = editor.new_page("Before", slug="the-page")
    item = editor.add("text", page, "Counted", text="Words").id
    views = 0

    def read_json() -> dict:
        nonlocal views
        document = visitor.page(page)
        assert document["contents"][0]["counter"] == views, parts.logs
        views += 1
        return document

    def read_html() -> str:
        nonlocal views
        answer = visitor.get("/the-page/")
        assert answer.status_code == 200
        assert f"<b>{views}</b>" in answer.text
        views += 1
        return answer.text

    def in_database() -> int:
        return int(parts.one("SELECT counter FROM content_item WHERE id = ?", item))

    for _ in range(5):
        read_json()
        read_html()
    assert eventually(lambda: in_database() == views), "flushed: none of these is in Redis alone when it dies"

    mortal_redis.stop(signal.SIGKILL)
    status, checks = parts.checks()
    assert status == 503
    assert checks["redis"] == "Redis does not answer"
    assert checks["database"] == "ok"
    for _ in range(5):
        assert read_json()["title"] == "Before"
        assert "Before" in read_html()
    assert in_database() == views, "counted in the database at once"

    editor.edit("page", page, title="Meanwhile")
    assert read_json()["title"] == "Meanwhile"
    assert "Meanwhile" in read_html()
    film = editor.add("video", page, "A video", {"video": ("film.mp4", media_files["video.mp4"].read_bytes())}, order=5)
    assert [(state["status"], state["reason"]) for state in editor.statuses(*film.uploads)] == [("pending", "")]
    assert Editor(parts).get("/admin/").status_code == 200, "signing in works as well"
    assert read_json()["contents"][1]["video_path"] is None

    mortal_redis.start()
    document = read_json()
    assert document["title"] == "Meanwhile", "what Redis kept from before is not believed"
    assert "Meanwhile" in read_html()
    assert eventually(lambda: parts.checks()[0] == 200), parts.checks()
    assert parts.alive, parts.logs
    parts.half_a_minute_passes()
    editor.edit("page", page, title="After")
    for _ in range(5):
        assert read_json()["title"] == "After"
        assert "After" in read_html()

    (state,) = editor.wait(*film.uploads)
    assert (state["status"], state["reason"]) == ("completed", "")
    document = read_json()
    assert visitor.get(document["contents"][1]["video_path"]).content == media_files["video.mp4"].read_bytes()
    assert "A video" in read_html()
    assert eventually(lambda: in_database() == views), (in_database(), views)
    read_json()
    assert eventually(lambda: in_database() == views), "after one more flush none is added twice"
    assert parts.alive, parts.logs


def test_views_that_were_buffered_when_redis_dies_are_counted_once(parts: Parts, mortal_redis: RedisServer) -> None:
    editor, visitor = Editor(parts), Visitor(parts)
    page = editor.new_page("Buffered")
    item = editor.add("text", page, "Counted", text="Words").id

    def in_database() -> int:
        return int(parts.one("SELECT counter FROM content_item WHERE id = ?", item))

    for number in range(3):
        for _ in range(20):
            visitor.page(page)
        mortal_redis.stop(signal.SIGKILL)
        for _ in range(5):
            visitor.page(page)
        mortal_redis.start()
        for _ in range(5):
            visitor.page(page)
        assert eventually(lambda wanted=30 * (number + 1): in_database() == wanted), (in_database(), parts.logs)
    assert visitor.items(page)[0]["counter"] == 90
