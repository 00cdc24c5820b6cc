"""Beat's scheduler, which copes with a clock that is set back, and its sign of life."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler

#: The most seconds between two looks at the schedule. If the clock is set back an hour during a look, what is due
#: seems to be an hour away.
LOOK_AGAIN_SECONDS = 1


class SteadyScheduler(PersistentScheduler):  # type: ignore[misc]
    """Celery's scheduler, which goes on at once after the clock is set back.

    Celery counts from a task's last run: with the clock an hour back, nothing would be due for an hour. Each tick
    touches a file beside the schedule, ``….alive``. Its age tells whether beat still runs.
    """

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Run what is due. Return the seconds until the next look."""
        with suppress(OSError):  # a full disk
            Path(f"{self.schedule_filename}.alive").touch()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > entry.default_now()]
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        if ahead:
            self.populate_heap()
        return min(super().tick(*args, **kwargs), LOOK_AGAIN_SECONDS)
