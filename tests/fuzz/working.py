"""Steps of workers, recovery and the disk for a state machine.

Workers run the tasks, or parts of them before they die, in any order and more than once.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from cms import current, tasks
from cms.database import now
from cms.leases import Claim, ClaimLost
from cms.media import garbage, inspection, integrity, recovery, uploads
from cms.media.inspection import Inspected
from cms.media.models import MediaFault, MediaFile, Upload, UploadStatus
from cms.media.storage.local import LocalStore
from cms.messages import InvalidInput
from cms.pages.models import kind_named
from cms.view_counts import buffer, flush
from tests.disk import on_disk
from tests.fuzz.contents import Content
from tests.fuzz.editing import Editing, state_of
from tests.fuzz.world import FINAL, World

#: How far a worker gets.
ENDS = st.sampled_from(["to the end", "before its commit", "after its commit", "converting"])


@dataclass
class Work:
    """What a worker has: its claim, and the results of examining."""

    claim: Claim
    found: Inspected | InvalidInput


class Working(Editing):
    """The workers, besides the editors."""

    def __init__(self, world: World, contents: dict[str, Content]) -> None:
        super().__init__(world, contents)
        self.work: list[Work] = []

    @precondition(lambda self: self.world.uploads)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """A task arrives: for the first time, again, or after tasks that were sent later."""
        self._deliver(self._an_upload(data))

    @precondition(lambda self: self.world.uploads)
    @rule(data=st.data())
    def deliver_while_the_disk_is_full(self, data: st.DataObject) -> None:
        before = self.world.upload(self._an_upload(data))
        with patch.object(LocalStore, "_publish", side_effect=OSError(errno.ENOSPC, "full")):
            self._deliver(before.id, may_be_put_back=True)

    @precondition(lambda self: self._pending())
    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        """A worker takes an upload and inspects it; it may be slow, or die."""
        self._claim(data.draw(st.sampled_from(self._pending())))
        if data.draw(st.booleans()):
            self.go_on(data)

    @precondition(lambda self: self._pending())
    @rule(data=st.data())
    def claim_from_a_slow_worker(self, data: st.DataObject) -> None:
        """Its lease runs out, recovery frees the upload, and another worker claims it: now two work on it."""
        upload = data.draw(st.sampled_from(self._pending()))
        self._claim(upload)
        self.world.time_passes(2)
        self.sweep()
        self.world.time_passes(2)  # it pauses, as after a fault
        if self.world.upload(upload).status == UploadStatus.PENDING:  # unless that was its last attempt
            self._claim(upload)
        self.go_on(data)

    @precondition(lambda self: self.work)
    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """A worker continues with a claimed upload: to the end, or until it dies."""
        how = data.draw(ENDS)
        work = self.work.pop(data.draw(st.integers(0, len(self.work) - 1)))
        before, files = self.world.upload(work.claim.row_id), self.world.files()
        if how == "converting":
            self.world.storage.staging.path("0" * 32).write_bytes(b"WEBVTT\n\nhalf")
            return
        ours = (before.status, before.lease_token) == (UploadStatus.PROCESSING, work.claim.token)
        expected, hidden = self._end_of(before), self._hidden_harm(before)
        try:
            self._finish(work, dies=how == "before its commit")
        except ClaimLost:
            assert not ours
        else:
            assert ours
        if how == "before its commit" or not ours:
            assert state_of(self.world.upload(before.id)) == state_of(before)
            self.world.left |= self.world.files() - files
            return
        self._note(before.id, expected, hidden)
        if how == "to the end":
            self.world.storage.discard(str(before.staged_name))

    @rule(hours=st.sampled_from([0.01, 2]))
    def time_passes(self, hours: float) -> None:
        self.world.time_passes(hours)

    @rule()
    def sweep(self) -> None:
        self.world.run(tasks.sweep)
        self.world.sent()

    @rule()
    def sweep_staging(self) -> None:
        """Sweep without a grace period: what is left belongs to unfinished uploads."""
        with self.world.transaction() as session:
            unneeded = recovery.unneeded_in_staging(session, self.world.storage.staging, grace_seconds=0)
        for name in unneeded:
            self.world.storage.discard(name)
        under_way = {upload.staged_name for upload in self.world.all_uploads() if upload.status not in FINAL}
        assert {name.removesuffix(".vtt") for name in self.world.storage.staging.names()} == under_way

    @rule(grace=st.sampled_from([3600, 0]))
    def collect(self, grace: int) -> None:
        """Exactly what was shown nowhere for so long is removed, both rows and files."""
        shown = {digest for item in self.world.items.values() for digest in item.shows.values()}
        before, files = self.world.media(), self.world.files()
        gone = {file.digest for file in before if file.digest not in shown and _is_over(file, grace)}
        self.world.run(tasks.collect_media, grace)
        rows = self.world.media()
        assert {file.digest for file in rows} == {file.digest for file in before} - gone
        paths = {file.path for file in rows}
        if grace == 0:
            self.world.left.clear()
            assert self.world.files() == files & paths
        else:
            assert self.world.files() == files - {file.path for file in before if file.digest in gone}

    @rule()
    def collect_after_the_grace_period(self) -> None:
        """The second run removes what the first one marked, unless it is shown again meanwhile."""
        self.collect(3600)
        self.world.time_passes(2)
        self.collect(3600)

    @precondition(lambda self: self.world.pages and len(self.world.items) < 6)
    @rule(data=st.data())
    def collect_while_others_work(self, data: st.DataObject) -> None:
        """Between two removals, workers store the bytes of files to be removed again."""
        page = min(self.world.pages)
        twins = [{"audio": ("twin.mp3", self.contents[name])} for name in ("twin", "its MD5 twin")]
        for at_once in (True, False):
            added = [
                self._save(None, files, at_once, kind="audio", page=page, order=0, is_active=True) for files in twins
            ]
            if at_once:
                for number in added:
                    self.world.delete("audio", number)
        with self.world.app.app_context():
            for _ in garbage.collect(current.transactions(), self.world.storage.media, grace_seconds=0):
                for upload in self._pending():
                    if data.draw(st.booleans()):
                        self._deliver(upload)
        self.world.left &= self.world.files()

    @precondition(lambda self: any(item.shows for item in self.world.items.values()))
    @rule(data=st.data(), how=st.sampled_from(["gone", "cut", "changed"]))
    def harm(self, data: st.DataObject, how: str) -> None:
        """A stored file is removed, or the disk loses a part of it."""
        file = data.draw(st.sampled_from(self.world.media()))
        path = on_disk(self.world.storage, file.path)
        if path.is_file():
            stored = path.read_bytes()
            path.unlink()
            if how != "gone":
                path.write_bytes(stored[:-1] if how == "cut" else stored[:-1] + bytes([stored[-1] ^ 1]))
        self.world.harmed.add(file.path)

    @rule()
    def verify(self) -> None:
        """Exactly the harmed files are found."""
        with self.world.app.app_context():
            list(integrity.verify(current.transactions(), self.world.storage.media, integrity.RateLimiter(0)))
        for file in self.world.media():
            there = on_disk(self.world.storage, file.path).is_file()
            fault = MediaFault.DAMAGED if there else MediaFault.MISSING
            assert file.fault == (None if self.world.is_whole(file) else fault)

    @rule()
    def flush(self) -> None:
        """After the flush, counters, bot views, and their days equal what was counted."""
        self.world.run(tasks.flush_views)
        items = self.world.items.items()
        assert self.world.counters() == {number: (item.views, item.bot_views) for number, item in items}
        assert self.world.days() == {number: views for number, views in self.world.counters().items() if any(views)}

    @rule(how=st.sampled_from(["before its commit", "after its commit"]))
    def flush_and_die(self, how: str) -> None:
        """The next flush finds the batch, either not yet added or already added."""
        flush.start_batch(self.world.redis)
        with self.world.transaction() as session:
            for batch in buffer.waiting_batches(self.world.redis):
                flush.apply_batch(session, self.world.redis, batch)
            if how == "before its commit":
                session.rollback()

    # Helpers.

    def _pending(self) -> list[int]:
        """The uploads that a worker may claim."""
        return [upload.id for upload in self.world.all_uploads() if _is_free(upload)]

    def _claim(self, upload: int) -> None:
        with self.world.transaction() as session:
            claim = uploads.claim(session, upload, lease_seconds=60)
            assert claim is not None
        with self.world.transaction() as session:
            assert uploads.claim(session, upload, lease_seconds=60) is None, "it is taken"
        self.work.append(Work(claim, self._inspect(upload)))

    def _inspect(self, upload: int) -> Inspected | InvalidInput:
        try:
            return inspection.inspect(self.world.upload(upload), self.world.storage.staging, lambda: None)
        except InvalidInput as error:
            return error

    def _finish(self, work: Work, *, dies: bool) -> None:
        with self.world.transaction() as session:
            if isinstance(work.found, InvalidInput):
                uploads.fail(session, work.claim, work.found)
            else:
                try:
                    uploads.complete(session, work.claim, work.found, self.world.storage, "UTC")
                except InvalidInput as error:
                    session.rollback()
                    uploads.fail(session, work.claim, error)
            if dies:
                session.rollback()

    def _deliver(self, upload: int, *, may_be_put_back: bool = False) -> None:
        before = self.world.upload(upload)
        expected, hidden = self._end_of(before), self._hidden_harm(before)
        self.world.run(tasks.process_upload, upload)
        after = self.world.upload(upload)
        if not _is_free(before):
            assert state_of(after) == state_of(before), "a task that is delivered twice, or too early, does nothing"
        elif may_be_put_back and after.status != expected:
            last = after.attempts >= uploads.RETRIES.max_attempts
            assert after.status == (UploadStatus.FAILED if last else UploadStatus.PENDING)
            assert after.can_retry == last
        else:
            self._note(upload, expected, hidden)

    def _end_of(self, upload: Upload) -> UploadStatus:
        """The expected end of an upload that is finished now."""
        item = self.world.items.get(upload.item_id or 0)
        if item is None or item.newest.get(upload.slot) != upload.id:
            return UploadStatus.FAILED
        slot = next(slot for slot in kind_named(item.kind).slots if slot.name == upload.slot)
        fits = self.world.uploads[upload.id].family == slot.accepts
        return UploadStatus.COMPLETED if fits else UploadStatus.FAILED

    def _hidden_harm(self, upload: Upload) -> bool:
        """Whether its bytes are stored, but damaged without having been noticed."""
        content = self.world.uploads[upload.id]
        found = [file for file in self.world.media() if content.family and file.digest == content.digest]
        return any(
            not file.fault and not self.world.is_whole(file) and path.is_file() and path.stat().st_size == file.size
            for file in found
            for path in [on_disk(self.world.storage, file.path)]
        )

    def _note(self, number: int, expected: UploadStatus, hidden: bool) -> None:
        """Record that an upload has ended as expected, with its bytes stored."""
        upload, content = self.world.upload(number), self.world.uploads[number]
        assert upload.status == expected, upload.reason
        if upload.status == UploadStatus.COMPLETED:
            [file] = [file for file in self.world.media() if file.digest == content.digest]
            assert hidden or self.world.is_whole(file), "harm that shows is healed by the same bytes"
            self.world.items[upload.item_id or 0].shows[upload.slot] = content.digest


def _is_free(upload: Upload) -> bool:
    """Whether an upload is pending, and not pausing after a fault."""
    return upload.status == UploadStatus.PENDING and (upload.due_at is None or upload.due_at <= now())


def _is_over(file: MediaFile, grace: int) -> bool:
    """Whether the grace period of a file that is shown nowhere is over."""
    since = file.unreferenced_since
    return grace == 0 or (since is not None and since <= now() - timedelta(seconds=grace))
