"""Work in a separate process: its limits, and that it never outlives the process that waits for it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cms.media.derivatives import isolation
from cms.media.derivatives.isolation import LIMITS, Died, Failed
from cms.media.derivatives.recipe import Cost, Made, MadeFile, Progress, Skip
from cms.messages import InvalidInput
from tests.waiting import eventually

LIMIT = LIMITS[Cost.FAST]
MADE = Made([MadeFile("a.webp", 3, 2)], {"second": 1.5})


def run(
    work: Callable[[Progress], Any], look: Callable[[float], None] = lambda progress: None, **limits: float
) -> Made:
    return isolation.run(work, replace(LIMIT, **limits), look)  # type: ignore[arg-type]


def doing(what: Callable[[], Any]) -> Callable[[Progress], Made]:
    """Work that only calls ``what``."""

    def work(progress: Progress) -> Made:
        what()
        return MADE

    return work


def raising(error: BaseException) -> Callable[[Progress], Made]:
    def work(progress: Progress) -> Made:
        raise error

    return work


def test_what_it_made_is_told() -> None:
    assert run(lambda progress: MADE) == MADE


def test_its_progress_is_told() -> None:
    def work(progress: Progress) -> Made:
        for percent in (10, 40, 30, 90):
            progress(percent)
            time.sleep(0.01)
        return MADE

    seen: list[float] = []
    run(work, seen.append)
    assert seen == sorted(seen)


@pytest.mark.parametrize("error", [Skip("No %(what)s.", what="cover"), InvalidInput("It is %(size)s.", size=3)])
def test_what_it_refuses_is_told_in_its_words(error: InvalidInput) -> None:
    with pytest.raises(InvalidInput) as refused:
        run(raising(error))
    assert type(refused.value) is type(error)
    assert (refused.value.sentence, refused.value.values) == (error.sentence, error.values)


def test_faults_of_the_disk_and_of_the_program_are_told_apart() -> None:
    with pytest.raises(OSError, match="no room") as fault:
        run(raising(OSError(28, "no room")))
    assert fault.value.errno == 28
    with pytest.raises(OSError, match="MemoryError"):
        run(raising(MemoryError()))
    with pytest.raises(Failed, match="ZeroDivisionError"):
        run(raising(ZeroDivisionError()))
    with pytest.raises(Failed, match="SystemExit"):
        run(raising(SystemExit(0)))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_process_that_dies_is_noticed(number: int) -> None:
    with pytest.raises(Died):
        run(doing(lambda: os.kill(os.getpid(), number)))


def test_it_is_given_up_when_it_takes_too_long() -> None:
    with pytest.raises(InvalidInput, match="given up after"):
        run(doing(signal.pause), seconds=0.3)


def test_it_is_given_up_when_nothing_is_heard_of_it() -> None:
    with pytest.raises(InvalidInput, match="given up after"):
        run(doing(signal.pause), silence=0.3)


@pytest.mark.skipif(sys.platform != "linux", reason="nobody else says how much memory a process takes")
def test_it_is_given_up_when_it_takes_too_much_memory() -> None:
    def work(progress: Progress) -> Made:
        taken = b"x" * 200_000_000
        signal.pause()
        return Made([], {"taken": len(taken)})

    with pytest.raises(InvalidInput, match="memory"):
        run(work, memory=100_000_000)


def test_no_file_becomes_larger_than_it_may(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="File too large"):
        run(doing(lambda: (tmp_path / "a").write_bytes(b"x" * 2000)), output=1000)


def test_it_has_no_connection_of_its_parents() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(OSError, match="Bad file descriptor"):
            run(doing(lambda: os.write(writing, b"x")))
    finally:
        os.close(reading)
        os.close(writing)


def test_it_ends_when_its_parent_gives_up() -> None:
    """This happens when the claim is lost."""
    before = children()
    new: list[set[int]] = []

    def look(_progress: float) -> None:
        new.append(children() - before)
        raise LookupError

    with pytest.raises(LookupError):
        run(doing(signal.pause), look)
    assert new[0]
    assert not any(map(is_alive, new[0]))


def children() -> set[int]:
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_it_dies_with_its_parent() -> None:
    reading, writing = os.pipe()
    parent = os.fork()
    if parent == 0:

        def work(progress: Progress) -> Made:
            signal.pause()
            return MADE

        def look(_progress: float) -> None:
            os.write(writing, f"{children().pop()}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

        try:
            isolation.run(work, LIMIT, look)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as told:
        child = int(told.readline())
    os.waitpid(parent, 0)
    assert eventually(lambda: not is_alive(child))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
