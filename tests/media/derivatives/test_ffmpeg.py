"""FFmpeg's program: which one is taken, what is said of one that does not work, and that it never outlives its work."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from cms.media.derivatives import ffmpeg, isolation
from cms.media.derivatives.isolation import LIMITS, Died
from cms.media.derivatives.recipe import Cost, Made, Progress
from cms.messages import InvalidInput
from tests.media.derivatives.test_isolation import is_alive
from tests.waiting import eventually

#: A shell script that says of itself what FFmpeg says.
ANSWERS = 'case "$*" in *-protocols) printf "Input:\\n  fd\\n"; exit;; esac\n'

Script = Callable[[str], Path]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Makes a shell script, and lets it be the FFmpeg."""

    def write(text: str) -> Path:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\n{text}")
        path.chmod(0o755)
        monkeypatch.setattr(ffmpeg, "setting", str(path))
        return path

    return write


@pytest.fixture
def convert(tmp_path: Path) -> Callable[[Progress], Made]:
    """Work that has FFmpeg convert a file."""
    source = tmp_path / "source"
    source.write_bytes(b"x" * 1000)

    def work(progress: Progress) -> Made:
        ffmpeg.convert(source, ["-f", "mp4"], tmp_path / "target.mp4", 10.0, progress)
        return Made([])

    return work


def test_the_one_on_path_comes_before_that_of_the_package(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    path = script(ANSWERS)
    monkeypatch.setattr(ffmpeg, "setting", "")
    monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")
    assert ffmpeg.find() == str(path)
    script("exit 1\n")  # it does not work
    monkeypatch.setattr(ffmpeg, "setting", "")
    assert ffmpeg.find() == get_ffmpeg_exe()


@pytest.fixture
def asked_anew() -> Iterator[None]:
    """What is wrong with FFmpeg is believed for a while: neither what was found before the test, nor in it."""
    ffmpeg._missing.cache_clear()
    yield
    ffmpeg._missing.cache_clear()


def test_without_any_it_is_said(monkeypatch: pytest.MonkeyPatch, asked_anew: None) -> None:
    monkeypatch.setattr(ffmpeg, "setting", "")
    monkeypatch.setattr(ffmpeg, "_packaged", lambda: "")
    monkeypatch.setenv("PATH", "/nowhere")
    assert str(ffmpeg.missing()) == "FFmpeg is missing: install it, or set FFMPEG to its path."


def test_it_can_be_turned_off(monkeypatch: pytest.MonkeyPatch, asked_anew: None) -> None:
    monkeypatch.setattr(ffmpeg, "setting", "none")
    assert ffmpeg.missing() is None
    with pytest.raises(ffmpeg.TurnedOff):
        ffmpeg.find()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exit 1\n", "does not work"),
        ("echo junk\n", "does not work"),
        ("kill -9 $$\n", "does not work"),
        ('printf "Input:\\n  file\\n"\n', "is too old"),
        ("exec sleep 1000\n", "does not work"),
    ],
    ids=["ends with an error", "says junk", "dies", "old", "hangs"],
)
def test_one_that_does_not_work_is_told_in_words(
    script: Script, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    path = script(text)
    monkeypatch.setattr(ffmpeg, "_ANSWER_SECONDS", 0.5)
    with pytest.raises(ffmpeg.Missing, match=f"FFMPEG: {path} {said}"):
        ffmpeg.find()


def test_one_that_is_not_there_or_no_program_is_told_in_words(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script("").chmod(0o644)
    with pytest.raises(ffmpeg.Missing, match="cannot be executed"):
        ffmpeg.find()
    monkeypatch.setattr(ffmpeg, "setting", str(tmp_path / "gone"))
    with pytest.raises(ffmpeg.Missing, match=r"there is no .*gone"):
        ffmpeg.find()


def test_its_progress_is_told(script: Script, convert: Callable[[Progress], Made]) -> None:
    script(ANSWERS + "for time in N/A 1000000 5000000 99000000; do echo out_time_us=$time; done\n")
    told: list[float] = []
    convert(told.append)
    assert told == [0, 10, 50, 99]


@pytest.mark.parametrize(
    ("text", "raised", "said"),
    [
        ("exit 1\n", InvalidInput, "FFmpeg cannot convert this file"),
        ("kill -XFSZ $$\n", InvalidInput, "too large"),
        ("kill -9 $$\n", OSError, "killed"),
        ("echo 'av_write: No space left on device' >&2; exit 1\n", OSError, "No space left"),
    ],
    ids=["an error", "the limit of its output", "killed", "a full disk"],
)
def test_how_it_fails(
    script: Script, convert: Callable[[Progress], Made], text: str, raised: type[Exception], said: str
) -> None:
    script(ANSWERS + text)
    with pytest.raises(raised, match=said):
        convert(lambda _percent: None)


def test_one_that_hangs_is_given_up(script: Script, convert: Callable[[Progress], Made], tmp_path: Path) -> None:
    script(f"{ANSWERS}echo $$ >{tmp_path}/pid; exec sleep 1000\n")
    with pytest.raises(InvalidInput, match="given up after"):
        isolation.run(convert, replace(LIMITS[Cost.SLOW], silence=1), lambda _progress: None)
    assert eventually(lambda: not is_alive(int((tmp_path / "pid").read_text())))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_it_dies_with_the_process_that_runs_it(
    script: Script, convert: Callable[[Progress], Made], tmp_path: Path
) -> None:
    script(f"{ANSWERS}echo $$ $PPID >{tmp_path}/pids; mv {tmp_path}/pids {tmp_path}/told; exec sleep 1000\n")
    pids: list[int] = []

    def kill_its_parent(_progress: float) -> None:
        if not pids and (tmp_path / "told").exists():
            pids.extend(map(int, (tmp_path / "told").read_text().split()))
            os.kill(pids[1], signal.SIGKILL)

    with pytest.raises(Died):
        isolation.run(convert, LIMITS[Cost.SLOW], kill_its_parent)
    assert eventually(lambda: not is_alive(pids[0]))


@pytest.mark.skipif(sys.platform != "linux", reason="nobody else says how much memory a process takes")
def test_its_memory_counts(script: Script, convert: Callable[[Progress], Made]) -> None:
    script(f"{ANSWERS}exec {sys.executable} -c \"import time; taken = b'x' * 200_000_000; time.sleep(1000)\"\n")
    with pytest.raises(InvalidInput, match="memory"):
        isolation.run(convert, replace(LIMITS[Cost.SLOW], memory=100_000_000), lambda _progress: None)
