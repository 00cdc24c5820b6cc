"""Beat continues at once when the clock is set back, at whatever moment that happens."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery

from cms.beat import LOOK_AGAIN_SECONDS, SteadyScheduler

EVERY_SECONDS = 10.0
START = datetime(2030, 1, 1, 12).astimezone()


class Clock:
    def __init__(self) -> None:
        self.now = START
        #: What happens right after so many more reads of the clock.
        self.looks, self.then = 0, lambda: None

    def __call__(self) -> datetime:
        seen = self.now
        self.looks -= 1
        if self.looks == 0:
            self.then()
        return seen

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sent() -> list[str]:
    return []


@pytest.fixture
def tick(clock: Clock, sent: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """One tick of a beat with one task, which was just sent."""
    monkeypatch.setattr(Celery, "now", lambda _app: clock())
    app = Celery("clock", set_as_current=False)
    app.conf.beat_schedule = {"flush": {"task": "flush", "schedule": EVERY_SECONDS}}
    scheduler = SteadyScheduler(app, schedule_filename=str(tmp_path / "schedule"))
    monkeypatch.setattr(scheduler, "apply_entry", lambda entry, producer=None: sent.append(entry.name))
    monkeypatch.setattr(type(scheduler), "producer", None)
    clock.turn(seconds=EVERY_SECONDS)
    scheduler.schedule["flush"].last_run_at = START
    scheduler.tick()
    sent.clear()
    return scheduler.tick


def test_it_sends_what_is_due_and_nothing_before(tick: Callable[[], float], clock: Clock, sent: list[str]) -> None:
    clock.turn(seconds=EVERY_SECONDS - 1)
    assert tick() > 0
    assert sent == []
    clock.turn(seconds=1.1)
    tick()
    assert sent == ["flush"]


def test_an_hour_back(tick: Callable[[], float], clock: Clock, sent: list[str]) -> None:
    clock.turn(hours=-1)
    tick()
    clock.turn(seconds=EVERY_SECONDS + 0.1)
    tick()
    assert sent == ["flush"]


@pytest.mark.parametrize("looks", range(1, 8))
def test_an_hour_back_in_the_midst_of_a_look(
    tick: Callable[[], float], clock: Clock, sent: list[str], looks: int
) -> None:
    clock.turn(seconds=EVERY_SECONDS + 0.1)
    clock.looks, clock.then = looks, lambda: clock.turn(hours=-1)
    while clock.looks > 0:
        assert tick() <= LOOK_AGAIN_SECONDS
    tick()
    sent.clear()
    clock.turn(seconds=EVERY_SECONDS + 0.1)
    tick()
    assert sent == ["flush"]


def test_each_look_leaves_a_sign_of_life(tick: Callable[[], float], tmp_path: Path) -> None:
    sign = tmp_path / "schedule.alive"
    os.utime(sign, (0, 0))
    tick()
    assert sign.stat().st_mtime > 0
