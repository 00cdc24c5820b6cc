"""Which end of a process stops all the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.run import Supervisor
from tests.elsewhere import elsewhere
from tests.waiting import eventually


def _end(folder: Path, command: str, brief: set[str]) -> str | None:
    """What is said once "web" has ended, with another one that goes on."""
    with (folder / "lock").open("w") as lock:
        commands = {"web": command, "worker": "exec sleep 600"}
        supervisor = Supervisor(commands, brief, lock, folder / "logs" / "mediafold.log")
        supervisor.start(*commands)
        try:
            assert eventually(lambda: supervisor._programs["web"].status is not None)
            return supervisor.ended()
        finally:
            supervisor.stop()
            assert supervisor._programs["worker"].status is not None


def test_a_brief_process_may_end(tmp_path: Path) -> None:
    assert elsewhere(_end, tmp_path, "exit 0", {"web"}) is None


@pytest.mark.parametrize(("command", "brief"), [("exit 3", {"web"}), ("exit 3", set()), ("exit 0", set())])
def test_others_may_not(tmp_path: Path, command: str, brief: set[str]) -> None:
    assert elsewhere(_end, tmp_path, command, brief) == f"web ended with status {command[-1]}"
