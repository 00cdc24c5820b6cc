"""Workers, and the processes that make derivatives for them, are killed at every step: each is ready, once."""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from pathlib import Path

from cms.media.folder_marks import NAME as MARK
from tests import mediabytes
from tests.faults import videos
from tests.faults.processes import WORKERS, Fleet
from tests.flows.client import Editor
from tests.rounds import ROUNDS, is_rare
from tests.waiting import eventually

POINTS = ("claimed", "making", "converting", "made", "published", "committed")


def test_at_each_step(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes, tmp_path: Path) -> None:
    wait_until_all_are_ready(fleet)
    sent = {}
    for number in range(ROUNDS):
        unplayed = mediabytes.make(tmp_path / "a.mkv", "matroska", "mpeg4", "aac", title=f"{random.random()}")
        sent[f"converted-{number}.mkv"] = unplayed.read_bytes()
        for point in POINTS:
            sent[f"{point}-{number}.mp4"] = videos.another(video_bytes)
            fleet.mine(f"derivative-{point}", f"any-{number}", "group" if is_rare(number) else "process")
    videos.send(editor, page, sent)
    videos.assert_completed(fleet, page, sent)
    wait_until_all_are_ready(fleet)
    assert [fleet.mines(f"derivative-{point}") for point in POINTS] == [[]] * len(POINTS), "they were killed at each"
    assert_tidy(fleet)


def test_at_any_moment(fleet: Fleet, editor: Editor, page: int, video_bytes: bytes) -> None:
    for number in range(ROUNDS):
        name, data = f"moment-{number}.mp4", videos.another(video_bytes)
        videos.send(editor, page, {name: data})
        time.sleep(random.uniform(0, 0.3))
        fleet.kill(random.choice(WORKERS)) if is_rare(number, 5) else fleet.kill_child(*WORKERS)
    wait_until_all_are_ready(fleet)
    assert_tidy(fleet)


def wait_until_all_are_ready(fleet: Fleet) -> None:
    """Every media file of the copy that was probed has its poster, and all else that can be made of it."""

    def rest() -> list[tuple[object, ...]]:
        # Uploads first: one that is completed between the two questions has a media file for the second.
        return fleet.rows(
            "SELECT id, status, reason FROM upload WHERE status IN ('pending', 'processing')"
        ) + fleet.rows(
            "SELECT media_file.id, derivative.status, derivative.reason FROM media_file"
            " LEFT JOIN derivative ON derivative.media_file_id = media_file.id"
            " WHERE media_file.video_codec IS NOT NULL AND (derivative.status IS NULL OR derivative.status <> 'ready'"
            " AND NOT (derivative.recipe = 'likeness' AND derivative.status = 'skipped'))"  # there is little to see
        )

    assert eventually(lambda: not rest(), pause=0.2), (rest(), fleet.logs())


def assert_tidy(fleet: Fleet) -> None:
    """There are the files that the rows name and no others, and nothing that is half made."""
    derived = fleet.home / "derived"

    def strays() -> set[str]:
        # Sent again if it has not run: a worker may have taken the message with it when it was killed.
        ended = fleet.send("cms.collect_media", 10**6)
        if not any(time.sleep(0.3) or fleet.has_ended(ended) for _ in range(50)):
            return {"collection has not run"}
        rows = fleet.rows("SELECT files FROM derivative WHERE files IS NOT NULL")
        named = {file["path"] for (files,) in rows for file in (json.loads(files) if isinstance(files, str) else files)}
        return named ^ {
            str(path.relative_to(derived)) for path in derived.rglob("*") if path.is_file() and path.name != MARK
        }

    assert eventually(lambda: not strays(), pause=0.3), (strays(), fleet.logs())
    assert eventually(lambda: not list(Path(derived, ".making").iterdir()), pause=0.3)
    assert eventually(lambda: not converting(fleet), pause=0.3), converting(fleet)
    assert fleet.one("SELECT count(*) FROM media_file WHERE video_codec IS NOT NULL AND derived IS NULL") == 0


def converting(fleet: Fleet) -> list[str]:
    """The command lines of programs that still work for the copy."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(line.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if "file:" in line and f"{fleet.home}/derived" in line]
