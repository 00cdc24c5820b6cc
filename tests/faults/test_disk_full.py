"""The disk of staging or media is full: a sentence, nothing half-written, and a way to continue."""

from __future__ import annotations

import random

from tests.faults import videos
from tests.faults.processes import WORKERS, Fleet
from tests.flows.client import Editor
from tests.rounds import ROUNDS, is_rare
from tests.waiting import eventually

SENTENCE = "The disk is full."


def test_where_files_are_received(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    videos.assert_tidy(fleet)
    sent = {}
    for number in range(ROUNDS):
        name, data = f"received-{number}.mp4", videos.another(video_bytes, 1_000_000)
        with fleet.no_room("staging", left=random.choice([0, 4096, 300_000, 900_000])):
            answer = editor.send_item("video", page, name, {"video": (name, data)}, order=1)
            assert answer.status_code == 507
            assert SENTENCE in answer.text
            assert fleet.staging == [], "nothing is left of it"
        assert fleet.one("SELECT count(*) FROM content_item WHERE page_id = :page", page=page) == len(sent)
        if is_rare(number, 4):
            sent[name] = data
            videos.send(editor, page, {name: data})
            videos.assert_completed(fleet, page, sent)
            videos.assert_tidy(fleet)


def test_where_files_are_kept(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    sent = {f"kept-{number}.mp4": videos.another(video_bytes, 100_000) for number in range(ROUNDS)}
    fleet.freeze(*WORKERS)
    videos.send(editor, page, sent)
    before = set(fleet.media)
    with fleet.no_room("media"):
        fleet.thaw(*WORKERS)
        failed = {"failed": len(sent)}
        assert eventually(lambda: videos.states(fleet, page) == failed), fleet.logs()
        rows = fleet.rows(
            "SELECT upload.id, upload.reason, upload.can_retry, upload.attempts FROM upload"
            " JOIN content_item ON content_item.id = upload.item_id WHERE content_item.page_id = :page",
            page=page,
        )
        assert {(reason, bool(can_retry), attempts) for _, reason, can_retry, attempts in rows} == {(SENTENCE, True, 5)}
        assert set(fleet.media) == before, "no partial file"
    for upload, *_ in rows:
        assert editor.post("/admin/upload/retry/", {"id": upload}).status_code == 302
    videos.assert_completed(fleet, page, sent)
    videos.assert_tidy(fleet)


def test_room_that_comes_back_in_time(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    sent = {f"in-time-{number}.mp4": videos.another(video_bytes, 100_000) for number in range(ROUNDS)}
    fleet.freeze(*WORKERS)
    videos.send(editor, page, sent)
    with fleet.no_room("media"):
        fleet.thaw(*WORKERS)
        assert eventually(
            lambda: fleet.one(
                "SELECT count(*) FROM upload JOIN content_item ON content_item.id = upload.item_id"
                " WHERE content_item.page_id = :page AND upload.reason = :reason",
                page=page,
                reason=SENTENCE,
            )
        )
    videos.assert_completed(fleet, page, sent)
    videos.assert_tidy(fleet)
