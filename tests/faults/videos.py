"""Videos with different bytes, sent by an editor, and what must be true once they are processed."""

from __future__ import annotations

import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import requests

from tests.faults.processes import Fleet
from tests.flows.client import Editor
from tests.waiting import eventually

Videos = dict[str, bytes]

_ROWS = """
SELECT upload.id, upload.filename, upload.attempts, upload.media_file_id, media_file.id, media_file.path
FROM content_item
JOIN attachment ON attachment.item_id = content_item.id
JOIN upload ON upload.id = attachment.upload_id
JOIN media_file ON media_file.id = attachment.media_file_id
WHERE content_item.page_id = :page
ORDER BY upload.id
"""


class Row(NamedTuple):
    """An upload, its media file, and the media file that its item shows."""

    upload: int
    filename: str
    attempts: int
    stored: int
    shown: int
    path: str


def another(video_bytes: bytes, size: int = 2000) -> bytes:
    """The same film with other bytes: players skip a ``free`` box."""
    return video_bytes + (size + 8).to_bytes(4, "big") + b"free" + secrets.token_bytes(size)


def send(editor: Editor, page: int, videos: Videos) -> None:
    """Upload each as its own item, some at a time."""

    def one(name: str, *, again: bool = True) -> int:
        try:
            return int(editor.send_item("video", page, name, {"video": (name, videos[name])}, order=1).status_code)
        except requests.ConnectionError:
            # Retry like a browser: the site may just have closed an idle connection. If it had accepted the form, there
            # would be an extra item in the end.
            if not again:
                raise
            return one(name, again=False)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, videos)) == {302}


def states(fleet: Fleet, page: int) -> Counter[str]:
    """The number of uploads into a page's items, by status."""
    rows = fleet.rows(
        "SELECT upload.status FROM upload JOIN content_item ON content_item.id = upload.item_id"
        " WHERE content_item.page_id = :page",
        page=page,
    )
    return Counter(status for (status,) in rows)


def assert_completed(fleet: Fleet, page: int, videos: Videos) -> None:
    """Each upload is completed once, and the item shows all its bytes."""
    done = {"completed": len(videos)}
    assert eventually(lambda: states(fleet, page) == done, pause=0.2), (
        states(fleet, page),
        fleet.rows("SELECT id, reason, attempts FROM upload WHERE status = 'failed'"),
        fleet.logs(),
    )
    rows = rows_of(fleet, page)
    assert sorted(row.filename for row in rows) == sorted(videos), "one row each, linked"
    for row in rows:
        assert row.shown == row.stored
        assert (fleet.media_root / row.path).read_bytes() == videos[row.filename], row


def rows_of(fleet: Fleet, page: int) -> list[Row]:
    """What a page's items show, with their newest uploads."""
    return [Row(*row) for row in fleet.rows(_ROWS, page=page)]


def assert_tidy(fleet: Fleet) -> None:
    """There is one file for each row and no other, and nothing unneeded in staging."""
    needed = "SELECT staged_name FROM upload WHERE status IN ('pending', 'processing') OR can_retry"

    def unneeded() -> set[str]:
        return set(fleet.staging) ^ {name for (name,) in fleet.rows(needed)}

    assert eventually(lambda: not unneeded()), unneeded()

    def strays() -> set[Path]:
        sent: list[str] = []

        def one_has_ended() -> bool:  # the other tasks may be lost with a worker that was just killed
            sent.append(fleet.send("cms.collect_media", 0))
            return any(map(fleet.has_ended, sent))

        assert eventually(one_has_ended, pause=0.3), fleet.logs()
        rows = {fleet.media_root / path: size for path, size in fleet.rows("SELECT path, size FROM media_file")}
        files = {path: path.stat().st_size for path in fleet.media}
        return {path for path, _ in files.items() ^ rows.items()}

    # Partial copies of a dead worker are removed when they are old enough.
    assert eventually(lambda: not strays(), pause=0.3), (strays(), fleet.logs())
    assert fleet.one("SELECT count(*) FROM media_file WHERE fault IS NOT NULL") == 0
