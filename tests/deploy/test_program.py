"""What waits in a fork becomes the program of its command once it is started, and never outlives its parent."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path

import pytest

from deploy.program import Program
from tests.elsewhere import elsewhere
from tests.waiting import DEADLINE, eventually

TELLING = "tests.deploy.telling"


def _run(command: str) -> tuple[int | None, str]:
    """Its status and output. It prints nothing until it is started."""
    with Path(os.devnull).open() as kept:
        program = Program("the-name-of-it", command, kept.fileno())
        assert not select.select([program.output], [], [], 0.2)[0]
        assert program.status is None
        program.start()
        printed = program.output.read().decode()
        program.wait(DEADLINE)
        return program.status, printed


@pytest.mark.parametrize(
    ("command", "status", "printed"),
    [
        (f"exec python -m {TELLING}", 0, "[] 0 True the-name-of-it\n"),
        (f"exec nice -n 3 python -m {TELLING} 'it is' broken", 1, "['it is', 'broken'] 3 True the-name-of-it\n"),
        ("echo words; exit 3", 3, "words\n"),
        ("kill -TERM $$", -signal.SIGTERM, ""),
    ],
)
def test_it_becomes_the_program(command: str, status: int, printed: str) -> None:
    ended, output = elsewhere(_run, command)
    assert ended == status
    assert output.startswith(printed)
    assert output.removeprefix(printed) == ("it is broken\n" if status == 1 else "")


@pytest.mark.parametrize("is_started", [False, True])
def test_it_ends_with_its_parent(is_started: bool) -> None:
    pids = elsewhere(_told_of_many, is_started)
    assert len(pids) == 40
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def _told_of_many(is_started: bool) -> list[int]:
    """Have them started, two at a time, by processes that are killed at once: the last is still on its way then."""
    pids: list[int] = []
    for _ in range(20):
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            kept = os.open(os.devnull, os.O_RDONLY)
            programs = [Program(name, "exec sleep 600", kept) for name in ("one", "two")]
            for program in programs:
                if is_started:
                    program.start()
            os.write(writing, " ".join(str(program.pid) for program in programs).encode())
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(pid, 0)
        pids += [int(number) for number in os.read(reading, 100).split()]
        os.close(reading)
        os.close(writing)
    return pids
