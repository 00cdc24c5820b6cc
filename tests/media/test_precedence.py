"""Whoever encodes pauses while a verdict is worked out, and not for ever."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cms.media import precedence
from cms.media.folder_marks import NAME
from cms.media.precedence import Courtesy, taken
from cms.media.storage.staging import Staging
from tests.waiting import eventually


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    (tmp_path / NAME).write_text("a mark")
    return Staging(tmp_path)


@pytest.fixture
def group() -> Iterator[int]:
    """A process that leads a group."""
    with subprocess.Popen(["sleep", "600"], process_group=0) as process:
        yield process.pid
        process.kill()


def state(process: int) -> str:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def test_work_pauses_until_the_verdict_is_there(staging: Staging, group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "PAUSE_SECONDS", 3600)
    with Courtesy(staging) as courtesy:
        pausing = threading.Thread(target=courtesy.give_way, args=(group,))
        with taken(staging), taken(staging):
            pausing.start()
            assert eventually(lambda: state(group) == "T")
        pausing.join()
    assert state(group) != "T"


def test_it_pauses_for_a_while_at_most_and_then_works(
    staging: Staging, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precedence, "PAUSE_SECONDS", 0.05)
    stops: list[int] = []
    kill = os.killpg
    monkeypatch.setattr(os, "killpg", lambda *sent: (stops.append(sent[1]), kill(*sent)))
    with Courtesy(staging) as courtesy, taken(staging):
        courtesy.give_way(group)
        assert len(stops) == 2
        courtesy.give_way(group)
        assert len(stops) == 2, "it works for as long as it has paused"
        assert eventually(lambda: courtesy.give_way(group) or len(stops) == 4)
    assert state(group) != "T"


def test_without_a_verdict_or_a_mark_it_goes_on(staging: Staging, group: int, tmp_path: Path) -> None:
    with Courtesy(staging) as courtesy:
        courtesy.give_way(group)
    bare = Staging(tmp_path / "bare")
    with taken(bare), Courtesy(bare) as courtesy:
        courtesy.give_way(group)
    assert state(group) != "T"


def test_what_fails_in_a_verdict_is_told(staging: Staging) -> None:
    with pytest.raises(FileNotFoundError), taken(staging):
        raise FileNotFoundError
    with Courtesy(staging) as courtesy:
        assert not courtesy._is_taken()


def test_a_group_that_is_gone_is_no_matter(staging: Staging) -> None:
    with subprocess.Popen(["true"], process_group=0) as process:
        process.wait()
    with Courtesy(staging) as courtesy, taken(staging):
        courtesy.give_way(process.pid)
