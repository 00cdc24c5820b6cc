"""Beat's schedule, for clocks that are set back, and beat's sign of life."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler

#: After how many seconds beat looks again at the latest: should the clock be set back in the midst of a look, what it
#: found to be due seems to be an hour away.
LOOK_AGAIN_SECONDS = 1


class SteadyScheduler(PersistentScheduler):  # type: ignore[misc]
    """Celery's own, which goes on at once after the clock has been set back.

    Celery counts from when a task last ran: an hour back, and for an hour nothing would be due. At each look it touches
    a file beside the schedule, ``….alive``, whose age tells whether it still looks.
    """

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Run what is due; the seconds until the next look."""
        with suppress(OSError):  # a full disk
            Path(f"{self.schedule_filename}.alive").touch()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > entry.default_now()]
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        if ahead:
            self.populate_heap()
        return min(super().tick(*args, **kwargs), LOOK_AGAIN_SECONDS)
