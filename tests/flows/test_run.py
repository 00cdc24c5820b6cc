"""The supervisor of ``make run``: what it prints, that it does not start twice, and that it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests
from celery import Celery

from tests.flows.client import Editor, Visitor
from tests.flows.stack import EMAIL, Stack
from tests.waiting import DEADLINE, eventually

#: A folder may have such a name, and everything is inside it.
ODD = "mf-a #?%20%;:@é'\"\n\\$b"


@pytest.fixture
def copies() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def a_copy(copies: ExitStack, **settings: str) -> Stack:
    """One with all that the Procfile has."""
    copy = Stack(bare=True, one_worker=False, **settings)
    copies.callback(copy.remove)
    return copy


def test_the_first_start_prints_a_password_once_and_the_second_keeps_everything_until_a_process_dies(
    copies: ExitStack, media_files: dict[str, Path]
) -> None:
    copy = a_copy(copies, CMS_ADMIN_PASSWORD="", VIEW_FLUSH_SECONDS="600").start()
    assert f"e-mail:   {EMAIL}\n" in copy.output
    passwords = re.findall(r"password: (\S+)\n", copy.output)
    assert len(passwords) == 1
    assert len(passwords[0]) >= 12
    for address in ("/", "/admin/", "/api/page/content/"):
        assert f"{copy.site}{address}\n" in copy.output
    page = Editor(copy, EMAIL, passwords[0]).new_page("Kept", slug="kept")
    Editor(copy, EMAIL, passwords[0]).add("text", page, "An item", text="Words")
    reader = Visitor(copy)
    assert [reader.items(page)[0]["counter"] for _ in range(3)] == [0, 1, 2]
    assert copy.stop(signal.SIGINT) == 128 + signal.SIGINT
    assert copy.left_behind() == {}

    copy.start()
    queues = {"celery": ["mediafold"], "short": ["mediafold-short"], "long": ["mediafold-long"]}
    assert eventually(lambda: _workers(copy) == queues)
    assert "password" not in copy.output
    assert f"{copy.site}/\n" in copy.output
    assert "Kept" in Visitor(copy).get("/").text
    assert Visitor(copy).items(page)[0]["counter"] == 3, "views that were not yet in the database are kept, too"
    editor = Editor(copy, EMAIL, passwords[0])
    assert editor.get("/admin/").status_code == 200
    with _other_workers_stopped(copy):
        added = editor.add("audio", page, "A sound", {"audio": ("sound.wav", media_files["sound.wav"].read_bytes())})
        assert [state["status"] for state in editor.wait(*added.uploads)] == ["completed"]
    _one_process_dies(copy)


def _workers(copy: Stack) -> dict[str, list[str]]:
    """The workers' names, with the queues that they work for."""
    with Celery(broker=f"redis+socket://{copy.home}/redis/redis.sock", set_as_current=False) as celery:
        told = celery.control.inspect(limit=3).active_queues() or {}  # after a second of those who are there
    return {name.split("@")[0]: [queue["name"] for queue in queues] for name, queues in told.items()}


@contextmanager
def _other_workers_stopped(copy: Stack) -> Iterator[None]:
    """Nobody works but for verdicts and counts."""
    others = [pid for pid, name in copy.left_behind().items() if name in ("worker-short", "worker-long")]
    assert len(others) == 4
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in others:
        os.kill(pid, signal.SIGCONT)


def _one_process_dies(copy: Stack) -> None:
    """All are stopped, and the supervisor says which one died."""
    process = copy.process
    assert process
    (worker,) = [
        pid for pid, name in copy.left_behind().items() if name == "worker-long" and _parent(pid) == process.pid
    ]
    os.kill(worker, signal.SIGKILL)
    assert process.wait(DEADLINE) == 1
    assert "worker-long was killed by SIGKILL" in copy.output
    assert copy.left_behind() == {}


def test_two_copies_know_nothing_of_each_other_and_one_is_killed(
    copies: ExitStack, stack: Stack, media_files: dict[str, Path]
) -> None:
    other = Stack(name=ODD)
    copies.callback(other.remove)
    other.start()
    assert other.port != stack.port
    editor = Editor(other)
    page = editor.new_page("Only in the other copy", slug="only-there")
    added = editor.add("video", page, "A video", {"video": ("film.mp4", media_files["video.mp4"].read_bytes())})
    assert [state["status"] for state in editor.wait(*added.uploads)] == ["completed"]
    shown = Visitor(other).get("/only-there/")
    style = re.search(r'href="(/static/[^"]+\.css)"', shown.text)
    assert style
    assert Visitor(other).get(style[1]).status_code == 200
    assert Visitor(stack).get("/only-there/").status_code == 404
    (path,) = [item["video_path"] for item in Visitor(other).items(page)]
    assert Visitor(other).get(path).content == other.media[0].read_bytes()
    assert {entry.name for entry in other.home.parent.iterdir() if ODD[:5] in entry.name} == {other.home.name}
    _supervisor_is_killed(other)
    assert stack.ready(), "the first copy goes on"
    assert eventually(stack.left_behind)


def _supervisor_is_killed(copy: Stack) -> None:
    """Nothing is left behind in this case, either."""
    copy.stop(signal.SIGKILL)
    assert eventually(lambda: copy.left_behind() == {}), copy.left_behind()
    with pytest.raises(requests.ConnectionError):
        requests.get(copy.site, timeout=5)


def test_a_second_copy_in_the_same_home_does_not_start(stack: Stack, copies: ExitStack) -> None:
    line = refusal(a_copy(copies, CMS_HOME=str(stack.home)))
    assert str(stack.home) in line
    assert stack.ready()


def test_a_port_in_use_is_refused_in_one_line(copies: ExitStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = refusal(a_copy(copies, PORT=port))
    assert f"port {port} is in use" in line
    assert "PORT=" in line, "it says what to do"


def refusal(copy: Stack) -> str:
    """The only line that a start prints if it cannot succeed. Nothing of it is left."""
    status = copy.launch().wait(DEADLINE)
    assert status not in (0, None)
    copy.process = None
    lines = [line for line in copy.output.splitlines() if line.strip()]
    assert len(lines) == 1, copy.output
    own = [pid for pid in copy.left_behind() if copy.environ["CMS_HOME"] == str(copy.home)]
    assert own == []
    return lines[0]


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
