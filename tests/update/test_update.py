"""This release takes over a site of the last one that was stopped in the middle of its work: nothing of it is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from blake3 import blake3

from tests.faults.fleets import KINDS
from tests.flows.client import Editor, Visitor
from tests.servers import RedisServer, missing
from tests.update.released import UpdatedSite, views
from tests.waiting import eventually

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("update")]

COMPLETED, DUPLICATE, FAILED = ("completed", False), ("completed", True), ("failed", None)
SLOTS = ("video", "audio", "subtitles")
#: What becomes of each upload; its name says where the last release has left it.
ENDS = {
    "stored.mp4": COMPLETED,
    "stored.srt": COMPLETED,
    "duplicate.mp4": DUPLICATE,
    "refused.mp4": FAILED,
    "given-up.mp3": FAILED,
    "resting.m4a": COMPLETED,
    "unsent.ogg": COMPLETED,
    "item-deleted.ogg": FAILED,
    "same-bytes.mp4": DUPLICATE,
    "taken.webm": COMPLETED,
    "sent.flac": COMPLETED,
}


@pytest.fixture(scope="module", params=KINDS)
def updated(request: pytest.FixtureRequest) -> Iterator[UpdatedSite]:
    """This release, started on what the last one left: SQLite and the embedded Redis, or servers of their own."""
    if reason := missing("redis"):
        pytest.skip(reason)
    servers = (request.getfixturevalue("postgres_server"), RedisServer()) if request.param == "servers" else ()
    site = UpdatedSite(*servers)
    try:
        yield site.start()
    finally:
        site.remove()


@pytest.fixture(scope="module")
def editor(updated: UpdatedSite) -> Editor:
    return Editor(updated)


@pytest.fixture
def visitor(updated: UpdatedSite) -> Visitor:
    return Visitor(updated)


def ended(site: UpdatedSite) -> dict[str, tuple[str, bool | None]]:
    """The uploads that are final, by name."""
    rows = site.rows("SELECT filename, status, was_folded FROM upload WHERE status IN ('completed', 'failed')")
    return {name: (status, None if folded is None else bool(folded)) for name, status, folded in rows}


def counters(site: UpdatedSite) -> dict[int, int]:
    return dict(site.rows("SELECT id, counter FROM content_item WHERE page_id = 1"))


def test_each_view_is_counted_once(updated: UpdatedSite, visitor: Visitor) -> None:
    """Those in the buffer, in batches on their way, in one that was added and not ended, and those in doubt."""
    before = views()
    assert [item["counter"] for item in visitor.items(1)] == [*before.values()]
    assert visitor.get("/before/").status_code == 200
    after = {item: number + 2 for item, number in before.items()}
    assert eventually(lambda: counters(updated) == after), (counters(updated), after, updated.logs())
    days = updated.rows("SELECT item_id, sum(count) FROM day_views WHERE item_id IN (1, 2) GROUP BY item_id")
    assert {item: int(number) for item, number in days} == after
    assert updated.one("SELECT count(*) FROM unanswered_count") == 0
    with updated.redis_client() as redis:
        assert eventually(lambda: not redis.keys("views:batch*")), redis.keys("views:*")


def test_each_upload_comes_to_its_end(updated: UpdatedSite, editor: Editor, visitor: Visitor) -> None:
    """Whether its task was sent, lost or with a worker that died; and what was kept for a retry can be retried."""
    assert eventually(lambda: ended(updated).keys() == ENDS.keys()), (ended(updated), updated.logs())
    assert ended(updated) == ENDS
    [(number, kept)] = updated.rows("SELECT id, staged_name FROM upload WHERE can_retry")
    assert kept in updated.staging
    assert editor.post("/admin/upload/retry/", {"id": number}).status_code == 302
    assert [state["status"] for state in editor.wait(number)] == ["completed"]
    assert eventually(lambda: updated.staging == []), updated.staging
    # Each file is shown once more, whole, by its address.
    shown = [item[f"{slot}_file"] for item in visitor.items(3) for slot in SLOTS if item.get(f"{slot}_file")]
    assert len(shown) == len([end for end in ENDS.values() if end[0] == "completed"]) + 1
    for file in shown:
        assert f"blake3:{blake3(visitor.get(file['path']).content).hexdigest()}" == file["digest"]
    assert len(updated.media) == len({file["digest"] for file in shown})


def test_what_was_shown_is_shown(editor: Editor) -> None:
    """By this release: it finds no response that the last one has cached. Who could sign in still can."""
    page = editor.get("/api/page/content/1/").json()  # editors are not counted
    assert (page["title"], page["text"]) == ("Before the update", "Kept *as it was*.")
    assert [item["text"] for item in page["contents"]] == ["Text number 1.", "Text number 2."]
    assert "language" in page, "the last release had none"
    listed = editor.get("/").text
    assert "Before the update" in listed
    assert "A draft" not in listed
    assert editor.get("/draft/").status_code == 404
    assert "A draft" in editor.get("/admin/page/").text
