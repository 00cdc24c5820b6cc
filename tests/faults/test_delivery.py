"""Tasks are delivered twice, late, and in reverse: nothing changes."""

from __future__ import annotations

from tests.faults import videos
from tests.faults.processes import WORKERS, Fleet
from tests.flows.client import Editor
from tests.waiting import eventually

UPLOADS = 20


def test_twice_and_in_reverse(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    sent = {f"reverse-{number}.mp4": videos.another(video_bytes) for number in range(UPLOADS)}
    fleet.freeze("beat", *WORKERS)  # on a slow machine recovery would send some again
    videos.send(editor, page, sent)
    ids = [id_ for (id_,) in fleet.rows("SELECT id FROM upload ORDER BY id DESC LIMIT :number", number=UPLOADS)]
    with fleet.redis_client() as redis:
        waiting = redis.lrange("mediafold", 0, -1)
        redis.delete("mediafold")
        redis.rpush("mediafold", *reversed(waiting))
    for upload in ids:
        fleet.send("cms.process_upload", upload)
    fleet.thaw(*WORKERS)
    videos.assert_completed(fleet, page, sent)
    stored = videos.rows_of(fleet, page)
    again = [fleet.send("cms.process_upload", upload) for upload in [*ids * 2, 10**9]]
    assert eventually(lambda: all(map(fleet.has_ended, again))), fleet.logs()
    assert videos.rows_of(fleet, page) == stored
    assert {row.attempts for row in stored} == {1}
    fleet.thaw("beat")
    videos.assert_tidy(fleet)
