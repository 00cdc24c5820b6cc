"""The life of stored files: shown, deleted, uploaded again, removed, damaged, repaired."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.elsewhere import flask
from tests.flows.client import Editor, Visitor
from tests.flows.stack import ROOT, Stack
from tests.rounds import ROUNDS
from tests.waiting import DEADLINE


def command(stack: Stack, *words: str) -> tuple[int, dict[str, Any]]:
    """Run ``flask cms media …`` beside the running product. Return its exit status and its JSON."""
    status, printed = flask(stack.environ, "cms", "media", *words, "--json")
    return status, json.loads(printed)


def process(stack: Stack, *words: str) -> tuple[int, dict[str, Any]]:
    """The same in a separate process."""
    words = (sys.executable, "-m", "flask", "--app", "wsgi", "cms", "media", *words, "--json")
    run = subprocess.run(words, cwd=ROOT, env=stack.environ, capture_output=True, text=True, timeout=DEADLINE)
    return run.returncode, json.loads(run.stdout)


def another(path: Path) -> bytes:
    """The film with other bytes than in every other test."""
    return path.read_bytes() + b"\0\0\0\x18free" + secrets.token_bytes(16)


@pytest.fixture
def page(editor: Editor) -> int:
    return editor.new_page(f"Files {secrets.token_hex(4)}")


def shown(editor: Editor, visitor: Visitor, page: int, data: bytes) -> tuple[int, str]:
    """Upload a film into a new item. Return the item and the address that it shows."""
    added = editor.add("video", page, secrets.token_hex(4), {"video": ("film.mp4", data)})
    states = editor.wait(*added.uploads)
    assert [state["status"] for state in states] == ["completed"], states
    [path] = [item["video_path"] for item in visitor.items(page) if item["id"] == added.id]
    return added.id, path


def delete(editor: Editor, item: int) -> None:
    assert editor.post("/admin/video/delete/", {"id": item}).status_code == 302


def test_deleted_bytes_are_kept_and_revived_and_go_in_the_end(
    stack: Stack, editor: Editor, visitor: Visitor, page: int, media_files: dict[str, Path]
) -> None:
    data = another(media_files["video.mp4"])
    item, path = shown(editor, visitor, page, data)
    delete(editor, item)
    status, said = command(stack, "gc")
    assert status == 0
    assert said["waiting"] >= 1
    assert path.removeprefix("/media/") not in said["removed"]
    assert visitor.get(path).content == data, "within the grace period"

    item, again = shown(editor, visitor, page, data)
    assert again == path
    assert stack.rows("SELECT unreferenced_since FROM media_file WHERE path = ?", path.removeprefix("/media/")) == [
        (None,)
    ]

    delete(editor, item)
    assert path.removeprefix("/media/") in command(stack, "gc", "--grace", "0")[1]["removed"]
    assert visitor.get(path).status_code == 404
    assert visitor.get(shown(editor, visitor, page, data)[1]).content == data


def test_a_damaged_file_is_found_and_healed_by_the_same_upload(
    stack: Stack, editor: Editor, visitor: Visitor, page: int, media_files: dict[str, Path]
) -> None:
    data = another(media_files["video.mp4"])
    _, path = shown(editor, visitor, page, data)
    name = path.removeprefix("/media/")
    (stack.home / "media" / name).write_bytes(b"x" * len(data))
    status, said = command(stack, "verify")
    assert (status, name in said["damaged"]) == (1, True)
    assert "Damaged" in editor.get("/admin/media/?flt1_fault_is=damaged").text
    assert shown(editor, visitor, page, data)[1] == path
    assert visitor.get(path).content == data
    status, said = command(stack, "verify")
    assert (status, said["damaged"], said["missing"]) == (0, [], [])


def test_files_may_be_verified_and_collected_while_editors_upload_and_delete(
    stack: Stack, editor: Editor, visitor: Visitor, page: int, media_files: dict[str, Path]
) -> None:
    """The same few videos come and go. Whatever is removed meanwhile, the shown ones can be read."""
    videos = [another(media_files["video.mp4"]) for _ in range(2)]
    over = threading.Event()
    ended: list[tuple[str, int, dict[str, Any]]] = []

    def keep_running(*words: str) -> None:
        while not over.is_set():
            ended.append((words[0], *process(stack, *words)))

    beside = [
        threading.Thread(target=keep_running, args=words) for words in (("gc", "--grace", "0"), ("verify", "--dry-run"))
    ]
    for thread in beside:
        thread.start()
    try:
        turn = 0
        while turn < 2 * ROUNDS or len({name for name, *_ in ended}) < 2:
            data = videos[turn % 2]
            item, path = shown(editor, visitor, page, data)
            assert visitor.get(path).content == data
            delete(editor, item)
            turn += 1
    finally:
        over.set()
        for thread in beside:
            thread.join()
    assert [found for found in ended if found[1] != 0] == []
