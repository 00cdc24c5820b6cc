"""Uploads, links, deletions, replacements, dead workers, sweeping and collecting in any order: the invariants hold.

Editors work through the admin's forms and visitors read through the cache, as ever; workers carry out the tasks, or
parts of them before they die.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from cms import tasks
from cms.models import MediaFault, Upload, UploadStatus, kind_named
from cms.services import fixity, sweeping, uploads
from cms.services.messages import Rejected
from cms.services.storage import Storage
from cms.services.uploads import Claim, ClaimLost, Examined
from tests.fuzz import TIMES
from tests.fuzz.world import FINAL, Content, World
from tests.mediabytes import SRT
from tests.services.test_md5_twins import ONE, OTHER

NAMES = st.sampled_from(["film.mp4", "Фильм (копия).bin", "../../" + "ы" * 300, "-.vtt"])
KINDS = st.sampled_from(["video", "video", "audio", "text"])
MANY_LINES = "".join(f"{n}\r\n00:00:{n:02},000 --> 00:00:{n:02},500\r\nLine\r\n\r\n" for n in range(1, 20))
TWIN_ENDING = b"\n1\n00:00:01,000 --> 00:00:02,000\nHello\n"


def contents(media: dict[str, Path]) -> dict[str, Content]:
    """What is uploaded; the first few fit into a slot, the others into none."""
    read = {name: path.read_bytes() for name, path in media.items()}
    return {
        "film": Content(read["silent.webm"], "video"),
        "other film": Content(read["silent.mp4"], "video"),
        "sound": Content(read["sound.mp3"], "audio"),
        "words": Content(SRT.encode(), "subtitles"),
        "words again": Content(SRT.replace("\n", "\r\n").encode(), "subtitles"),
        "words in UTF-16": Content(MANY_LINES.encode("utf-16"), "subtitles"),
        "twin": Content(ONE + TWIN_ENDING, "subtitles"),
        "its MD5 twin": Content(OTHER + TWIN_ENDING, "subtitles"),
        "nothing": Content(b"", None),
        "a picture": Content(read["picture.png"], "image"),
        "a page": Content(b"<html>", None),
    }


@dataclass
class Work:
    """What a worker has in its hands: its claim, and what it has found out."""

    claim: Claim
    found: Examined | Rejected


class MediaMachine(RuleBasedStateMachine):
    """One site, emptied at the beginning."""

    def __init__(self, world: World, contents: dict[str, Content]) -> None:
        super().__init__()
        self.world, self.contents = world, contents
        self.work: list[Work] = []
        world.empty()

    @initialize(published=st.booleans())
    def begin(self, published: bool) -> None:
        self.world.save_page(None, text="", is_published=published)

    # Editors.

    @precondition(lambda self: len(self.world.pages) < 3)
    @rule()
    def add_page(self) -> None:
        self.world.save_page(None, text="A new page", is_published=True)

    @precondition(lambda self: self.world.pages)
    @rule(data=st.data(), is_published=st.booleans(), slug=st.sampled_from(["", "one", "two"]))
    def edit_page(self, data: st.DataObject, is_published: bool, slug: str) -> None:
        number = data.draw(st.sampled_from(sorted(self.world.pages)))
        taken = {page.slug for other, page in self.world.pages.items() if other != number}
        slug = slug if slug not in taken else ""
        self.world.save_page(number, text="Edited", is_published=is_published, slug=slug)

    @precondition(lambda self: self.world.pages and len(self.world.items) < 6)
    @rule(data=st.data(), kind=KINDS, order=st.integers(0, 2))
    def add_item(self, data: st.DataObject, kind: str, order: int) -> None:
        page = data.draw(st.sampled_from(sorted(self.world.pages)))
        files = self._some_files(data, kind)
        self.world.save_item(None, files, kind=kind, page=page, order=order, is_active=True)

    @precondition(lambda self: self.world.items)
    @rule(data=st.data(), order=st.integers(0, 2), is_active=st.sampled_from([True, True, False]))
    def edit_item(self, data: st.DataObject, order: int, is_active: bool) -> None:
        """Other files into its slots, another place, another page."""
        number = data.draw(st.sampled_from(sorted(self.world.items)))
        files = self._some_files(data, self.world.items[number].kind)
        page = data.draw(st.sampled_from(sorted(self.world.pages)))
        self.world.save_item(number, files, page=page, order=order, is_active=is_active)

    @precondition(lambda self: any(item.shows for item in self.world.items.values()))
    @rule(data=st.data())
    def take_a_file_out(self, data: st.DataObject) -> None:
        filled = [(number, slot) for number, item in self.world.items.items() for slot in item.shows]
        self.world.take_out(*data.draw(st.sampled_from(sorted(filled))))

    @precondition(lambda self: self.world.items)
    @rule(data=st.data())
    def delete_item(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.world.items)))
        self.world.delete(self.world.items[number].kind, number)

    @precondition(lambda self: len(self.world.pages) > 1)
    @rule(data=st.data())
    def delete_page(self, data: st.DataObject) -> None:
        self.world.delete("page", data.draw(st.sampled_from(sorted(self.world.pages))))

    @precondition(lambda self: self.world.uploads)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        before = self.world.upload(self._an_upload(data))
        self.world.retry(before.id)
        after = self.world.upload(before.id)
        if before.can_retry:
            assert (after.status, after.attempts) == (UploadStatus.PENDING, 0)
        else:
            assert _state(after) == _state(before)

    # Visitors.

    @rule()
    def read_the_list(self) -> None:
        self.world.read_list()

    @precondition(lambda self: self.world.pages)
    @rule(data=st.data())
    def read_a_page(self, data: st.DataObject) -> None:
        self.world.read_html(data.draw(st.sampled_from(sorted(self.world.pages))))

    # Workers.

    @precondition(lambda self: self.world.uploads)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """A task arrives: the first time, or once more, or after all that were sent later."""
        self._deliver(self._an_upload(data))

    @precondition(lambda self: self.world.uploads)
    @rule(data=st.data())
    def deliver_while_the_disk_is_full(self, data: st.DataObject) -> None:
        before = self.world.upload(self._an_upload(data))
        with patch.object(Storage, "place", side_effect=OSError(errno.ENOSPC, "full")):
            self._deliver(before.id, may_be_put_back=True)

    @precondition(lambda self: self.world.uploads and len(self.work) < 3)
    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        """A worker takes an upload and examines it; it may be slow, or die."""
        upload = self._an_upload(data)
        pending = self.world.upload(upload).status == UploadStatus.PENDING
        with self.world.transaction() as session:
            claim = uploads.claim(session, upload, lease_seconds=60)
        assert (claim is not None) == pending
        if claim:
            self.work.append(Work(claim, self._examine(upload)))

    @precondition(lambda self: self.work)
    @rule(data=st.data(), how=st.sampled_from(["to the end", "before its commit", "after its commit", "converting"]))
    def go_on(self, data: st.DataObject, how: str) -> None:
        """A worker goes on with what it claimed: to the end, or until it dies."""
        work = self.work.pop(data.draw(st.integers(0, len(self.work) - 1)))
        before, files = self.world.upload(work.claim.upload_id), self.world.files()
        if how == "converting":
            self.world.storage.staged(f"{before.staged_name}.vtt").write_bytes(b"WEBVTT\n\nhalf")
            return
        ours = (before.status, before.lease_token) == (UploadStatus.PROCESSING, work.claim.token)
        expected, hidden = self._end_of(before), self._hidden_harm(before)
        try:
            with self.world.transaction() as session:
                if isinstance(work.found, Rejected):
                    uploads.fail(session, work.claim, work.found)
                else:
                    try:
                        uploads.finish(session, work.claim, work.found, self.world.storage, "UTC")
                    except Rejected as rejected:
                        session.rollback()
                        uploads.fail(session, work.claim, rejected)
                if how == "before its commit":
                    session.rollback()
        except ClaimLost:
            assert not ours
        else:
            assert ours
        if how == "before its commit" or not ours:
            assert _state(self.world.upload(before.id)) == _state(before)
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
        """Without a grace period: what is left belongs to uploads that are under way."""
        with self.world.transaction() as session:
            sweeping.sweep_staging(session, self.world.storage, grace_seconds=0)
        under_way = {upload.staged_name for upload in self.world.all_uploads() if upload.status not in FINAL}
        assert {name.removesuffix(".vtt") for name in self.world.storage.staged_names()} == under_way

    @rule(grace=st.sampled_from([0, 0, 3600]))
    def collect(self, grace: int) -> None:
        """Without a grace period: what is left is what is shown."""
        before = {file.digest for file in self.world.media()}
        self.world.run(tasks.collect_media, grace)
        shown = {digest for item in self.world.items.values() for digest in item.shows.values()}
        rows = self.world.media()
        assert (
            {file.digest for file in rows} == shown if grace == 0 else shown <= {file.digest for file in rows} <= before
        )
        if grace == 0:
            assert self.world.files() <= {file.path for file in rows}

    @precondition(lambda self: any(item.shows for item in self.world.items.values()))
    @rule(data=st.data(), how=st.sampled_from(["gone", "cut", "changed"]))
    def harm(self, data: st.DataObject, how: str) -> None:
        """Somebody removes a stored file, or the disk forgets some of it."""
        file = data.draw(st.sampled_from(self.world.media()))
        path = self.world.storage.media(file.path)
        if path.is_file():
            stored = path.read_bytes()
            path.unlink()
            if how != "gone":
                path.write_bytes(stored[:-1] if how == "cut" else stored[:-1] + bytes([stored[-1] ^ 1]))
        self.world.harmed.add(file.path)

    @rule()
    def verify(self) -> None:
        """Every harm is found, and nothing else is."""
        with self.world.app.app_context():
            list(fixity.verify(tasks.transactions(), self.world.storage, fixity.Pace(0)))
        for file in self.world.media():
            there = self.world.storage.media(file.path).is_file()
            fault = MediaFault.DAMAGED if there else MediaFault.MISSING
            assert file.fault == (None if self.world.is_whole(file) else fault)

    @rule()
    def flush(self) -> None:
        """Then counters are what was counted."""
        self.world.run(tasks.flush_views)
        assert self.world.counters() == {number: item.views for number, item in self.world.items.items()}

    # What always holds.

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
        staged = set(self.world.storage.staged_names())
        for upload in self.world.all_uploads():
            if upload.status not in FINAL:
                assert upload.staged_name in staged
                assert (
                    upload.next_send_at if upload.status == UploadStatus.PENDING else upload.lease_until
                ) is not None
            assert upload.reason or upload.status != UploadStatus.FAILED

    @invariant()
    def nothing_is_stale(self) -> None:
        """Read after each step, so that every page is kept when the next one changes it."""
        for number in self.world.pages:
            self.world.read_json(number)

    def teardown(self) -> None:
        """Whatever happened: with time everything comes to its end, and nothing is left over."""
        if not self.world.pages and not self.world.uploads:
            return
        for _ in range(2 * uploads.MAX_ATTEMPTS):
            self.world.time_passes(24)
            self.world.run(tasks.sweep)
            for upload in self.world.sent():
                self._deliver(upload)
        assert all(upload.status in FINAL for upload in self.world.all_uploads())
        self.sweep_staging()
        assert self.world.storage.staged_names() == []
        self.collect(0)
        self.flush()
        self.bytes_are_kept_once_and_whole()
        self.nothing_is_stale()

    # Helpers.

    def _some_files(self, data: st.DataObject, kind: str) -> dict[str, tuple[str, Content]]:
        """Files for some of a kind's slots; mostly such as fit."""
        files = {}
        for slot in kind_named(kind).slots:
            fitting = [name for name, content in self.contents.items() if content.family == slot.accepts]
            name = data.draw(st.sampled_from([None, *fitting, *fitting, *self.contents]), label=slot.name)
            if name:
                files[slot.name] = (data.draw(NAMES), self.contents[name])
        return files

    def _an_upload(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.world.uploads, reverse=True)))

    def _examine(self, upload: int) -> Examined | Rejected:
        try:
            return uploads.examine(self.world.upload(upload), self.world.storage, lambda: None)
        except Rejected as rejected:
            return rejected

    def _deliver(self, upload: int, *, may_be_put_back: bool = False) -> None:
        before = self.world.upload(upload)
        expected, hidden = self._end_of(before), self._hidden_harm(before)
        self.world.run(tasks.process_upload, upload)
        after = self.world.upload(upload)
        if before.status != UploadStatus.PENDING:
            assert _state(after) == _state(before), "a task that is delivered twice does nothing"
        elif may_be_put_back and after.status != expected:
            last = after.attempts >= uploads.MAX_ATTEMPTS
            assert after.status == (UploadStatus.FAILED if last else UploadStatus.PENDING)
            assert after.can_retry == last
        else:
            self._note(upload, expected, hidden)

    def _end_of(self, upload: Upload) -> UploadStatus:
        """What becomes of an upload that is finished now."""
        item = self.world.items.get(upload.item_id or 0)
        if item is None or item.newest.get(upload.slot) != upload.id:
            return UploadStatus.FAILED
        slot = next(slot for slot in kind_named(item.kind).slots if slot.name == upload.slot)
        fits = self.world.uploads[upload.id].family == slot.accepts
        return UploadStatus.COMPLETED if fits else UploadStatus.FAILED

    def _hidden_harm(self, upload: Upload) -> bool:
        """Whether its bytes are stored, but changed without anybody knowing."""
        content = self.world.uploads[upload.id]
        found = [file for file in self.world.media() if content.family and file.digest == content.digest]
        return any(
            not file.fault and not self.world.is_whole(file) and path.is_file() and path.stat().st_size == file.size
            for file in found
            for path in [self.world.storage.media(file.path)]
        )

    def _note(self, number: int, expected: UploadStatus, hidden: bool) -> None:
        """An upload has come to its end: as expected, with its bytes stored."""
        upload, content = self.world.upload(number), self.world.uploads[number]
        assert upload.status == expected, upload.reason
        if upload.status == UploadStatus.COMPLETED:
            [file] = [file for file in self.world.media() if file.digest == content.digest]
            assert hidden or self.world.is_whole(file), "harm that shows is healed by the same bytes"
            self.world.items[upload.item_id or 0].shows[upload.slot] = content.digest


def _state(upload: Upload) -> tuple[object, ...]:
    return upload.status, upload.attempts, upload.lease_token, upload.can_retry, upload.updated_at


@pytest.mark.both_databases
def test_the_invariants_hold_in_any_order(
    app: Flask, database: str, signed_in: FlaskClient, redis: Redis, media_files: dict[str, Path]
) -> None:
    world, known = World(app, signed_in, redis), contents(media_files)
    examples = {"sqlite": 10, "postgresql": 10}[database] * TIMES
    run_state_machine_as_test(
        lambda: MediaMachine(world, known),
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
