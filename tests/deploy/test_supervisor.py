"""Which end of a process stops all the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.run import Supervisor
from tests.waiting import DEADLINE, eventually


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with (tmp_path / "lock").open("w") as lock:
        made = Supervisor(lock, tmp_path / "logs" / "mediafold.log", 5)
        yield made
        made.stop()


def test_a_brief_process_may_end(supervisor: Supervisor) -> None:
    supervisor.start("demo", "exit 0", is_brief=True)
    supervisor._running["demo"].wait(DEADLINE)
    assert supervisor.ended() is None


@pytest.mark.parametrize(("command", "is_brief"), [("exit 3", True), ("exit 3", False), ("exit 0", False)])
def test_others_may_not(supervisor: Supervisor, command: str, is_brief: bool) -> None:
    supervisor.start("web", command, is_brief=is_brief)
    assert eventually(supervisor.ended) == f"web ended with status {command[-1]}"
