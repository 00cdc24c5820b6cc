"""The invariants hold whatever the order of uploads, links, deletions, dead workers, sweeping and collecting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test
from redis import Redis

from cms import tasks
from cms.media import uploads
from cms.media.models import UploadStatus
from tests.fuzz import TIMES
from tests.fuzz.contents import contents
from tests.fuzz.working import Working
from tests.fuzz.world import FINAL, World

EXAMPLES = 1 if TIMES == 1 else 2 * TIMES
STEPS = 40


class MediaMachine(Working):
    """One site, empty at the start, and the invariants after each step."""

    @invariant()
    def bytes_are_kept_once_and_whole(self) -> None:
        rows = self.world.media()
        assert len({file.digest for file in rows}) == len({file.path for file in rows}) == len(rows)
        for file in rows:
            if self.world.is_whole(file):
                self.world.harmed.discard(file.path)
            else:
                assert file.path in self.world.harmed, "a row names a file that is not there, or not whole"
        assert self.world.files() - {file.path for file in rows} <= self.world.left

    @invariant()
    def nothing_is_lost(self) -> None:
        """Who waits has its bytes, and a moment at which recovery comes for it."""
        staged = set(self.world.storage.staging.names())
        for upload in self.world.all_uploads():
            if upload.status not in FINAL:
                assert upload.staged_name in staged
                waits = upload.status == UploadStatus.PENDING
                assert (upload.next_send_at if waits else upload.lease_until) is not None
            assert upload.reason or upload.status != UploadStatus.FAILED

    @invariant()
    def nothing_is_stale(self) -> None:
        """Read after each step, so that every page is cached when the next step changes it."""
        for number in self.world.pages:
            self.world.read_json(number)

    def teardown(self) -> None:
        """Whatever happened, in time everything is finished, and nothing is left over."""
        for _ in range(2 * uploads.RETRIES.max_attempts):
            self.world.time_passes(24)
            self.world.run(tasks.sweep)
            for upload in self.world.sent():
                self._deliver(upload)
        assert all(upload.status in FINAL for upload in self.world.all_uploads())
        self.sweep_staging()
        assert self.world.storage.staging.names() == []
        self.collect(0)
        self.flush()
        self.bytes_are_kept_once_and_whole()
        self.nothing_is_stale()


@pytest.mark.both_databases
def test_the_invariants_hold_in_any_order(
    app: Flask,
    quiet: None,
    signed_in: FlaskClient,
    redis: Redis,
    media_files: dict[str, Path],
    with_settings: Callable[..., None],
) -> None:
    with_settings(trash_days=0)  # what is deleted is gone at once
    world, known = World(app, signed_in, redis), contents(media_files)
    run_state_machine_as_test(
        lambda: MediaMachine(world, known),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
