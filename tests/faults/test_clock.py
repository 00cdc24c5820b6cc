"""The clock is set back an hour, repeatedly, while everything runs: nothing changes, and nothing waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import videos
from tests.faults.fleets import KINDS, started
from tests.faults.load import counter_of
from tests.faults.processes import Fleet
from tests.flows.client import Editor, Visitor
from tests.rounds import ROUNDS
from tests.waiting import eventually

HOUR = 3600

#: Each runs on its own copy.
pytestmark = pytest.mark.xdist_group("clock")

LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


class Clock:
    """The wall clock of a copy's processes. Their monotonic clock and the files' times stay the system's."""

    def __init__(self, folder: Path) -> None:
        self._offset = folder / "offset"
        self.set_back(0)
        self.environ = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set_back(self, seconds: int) -> None:
        aside = self._offset.with_suffix(".new")
        aside.write_text(f"-{seconds}\n")
        aside.replace(self._offset)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    if LIBRARY is None:
        pytest.skip("no libfaketime: tests of a clock that is set back are left out")
    return Clock(tmp_path)


@pytest.fixture(params=KINDS if ROUNDS > 2 else KINDS[-1:])
def fleet(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Fleet]:
    """A separate copy whose clock we control."""
    with started(request.param, **clock.environ) as fleet:
        yield fleet


def test_set_back(fleet: Fleet, clock: Clock, video_bytes: bytes) -> None:
    editor, visitor = Editor(fleet), Visitor(fleet)
    page = editor.new_page("Before")
    item = editor.add("text", page, "Counted", text="Words").id
    sent = {f"clock-{number}.mp4": videos.another(video_bytes) for number in range(ROUNDS)}
    for number, (name, data) in enumerate(sent.items()):
        if number % 2:
            fleet.mine("hashing", name)  # by the new clock its lease ends in an hour
        videos.send(editor, page, {name: data})
        assert eventually(lambda number=number: fleet.mines("hashing") == [] if number % 2 else True)
        clock.set_back(HOUR * (number + 1))
        assert next(shown["counter"] for shown in visitor.items(page) if shown["id"] == item) == number
        assert eventually(
            lambda number=number: (
                fleet.one("SELECT counter FROM content_item WHERE id = :item", item=item) == number + 1
            )
        ), f"beat goes on: round {number}, {fleet.logs()}"
    videos.assert_completed(fleet, page, sent)
    assert counter_of(fleet, item) == ROUNDS
    assert eventually(lambda: fleet.checks()[0] == 200), fleet.checks()
    assert {path.relative_to(fleet.media_root).as_posix() for path in fleet.media} == {
        path for (path,) in fleet.rows("SELECT path FROM media_file")
    }
