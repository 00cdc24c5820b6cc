"""Items and pages are deleted while workers and visitors use them: no bytes without a row, and no error."""

from __future__ import annotations

import random
import time

from tests.faults import videos
from tests.faults.load import Load
from tests.faults.processes import Fleet
from tests.flows.client import Editor
from tests.rounds import ROUNDS
from tests.waiting import eventually


def test_an_item_while_its_upload_is_processed(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    before = fleet.one("SELECT max(id) FROM upload") or 0
    for number in range(ROUNDS):
        name = f"deleted-{number}.mp4"
        added = editor.send_item("video", page, name, {"video": (name, videos.another(video_bytes, 500_000))}, order=1)
        item = added.headers["Location"].split("id=")[1].split("&")[0]
        time.sleep(random.uniform(0, 0.08))
        assert editor.post("/admin/video/delete/", {"id": item}).status_code == 302
    assert fleet.one("SELECT count(*) FROM content_item WHERE page_id = :page", page=page) == 0
    statuses = "SELECT status FROM upload WHERE id > :before"

    def final() -> bool:
        found = [status for (status,) in fleet.rows(statuses, before=before)]
        return len(found) == ROUNDS and {*found} <= {"completed", "failed"}

    assert eventually(final), (fleet.rows(statuses, before=before), fleet.logs())
    reasons = {reason for (reason,) in fleet.rows("SELECT reason FROM upload WHERE id > :before", before=before)}
    assert reasons <= {None, "The item was deleted before its file was stored."}
    videos.assert_tidy(fleet)


def test_a_page_while_it_is_read(fleet: Fleet, editor: Editor) -> None:
    for number in range(ROUNDS):
        page = editor.new_page(f"Deleted {number}", slug=f"deleted-{number}")
        editor.send_item("text", page, "Words", text="Words")
        paths = (f"/api/page/content/{page}/", f"/deleted-{number}/", "/api/page/content/?page_size=100", "/")
        with Load(fleet, *paths) as load:
            assert eventually(lambda load=load, path=paths[0]: load.answered(path), pause=0.01)
            time.sleep(random.uniform(0, 0.05))
            assert editor.post("/admin/page/delete/", {"id": page}).status_code == 302
            seen = sum(load.statuses.values())
            assert eventually(lambda load=load, seen=seen: sum(load.statuses.values()) > seen + 8, pause=0.01)
        assert load.others() <= {404}
        assert not load.unanswered
