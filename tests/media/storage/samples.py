"""Sample files for the tests of media stores, and helpers to inspect a store."""

from __future__ import annotations

import os
import time
from io import BytesIO

import pytest

from cms.media.storage.store import FoundFile, MediaStore

PATH = "2026/03/04/video/film-0123456789ab.mp4"
OTHERS = [
    "2026/03/04/video/Эти_страшные_буквы-0123456789ab.mp4",
    "2026/03/04/video/日本語-0123456789ab.mp4",
    "2026/03/04/audio/film-0123456789ab.mp3",
    "2026/03/05/video/film-0123456789ab.mp4",
    "notes.txt",
]
#: Paths at which there is no file, or could be none.
NOWHERE = [
    "2026/03/04/video/gone.mp4",
    f"{PATH}/deeper.mp4",
    f"2026/03/04/video/{'a' * 300}.mp4",
    "2026/03/04/video/a\0.mp4",
    os.fsdecode(b"2026/\xff\xfe.mp4"),
]
DATA = bytes(range(256)) * 20
NAME = "0123456789abcdef" * 2


class Failing:
    """A source that fails after its first bytes."""

    def __init__(self, first: bytes) -> None:
        self._data = BytesIO(first)

    def read(self, size: int = -1, /) -> bytes:
        if data := self._data.read(size):
            return data
        raise ConnectionError("no more")


class InPieces:
    """A source that gives fewer bytes than requested."""

    def __init__(self, data: bytes) -> None:
        self._data = BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._data.read(min(size, 700) if size > 0 else 700)


def content(store: MediaStore, path: str = PATH) -> bytes:
    with store.open(path) as file:
        return b"".join(iter(lambda: file.read(1000), b""))


def found(store: MediaStore) -> dict[str, FoundFile]:
    files = list(store.iterate())
    by_path = {file.path: file for file in files}
    assert len(by_path) == len(files), "each is found once"
    return by_path


def let_pass(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    later = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: later)


def no_heartbeat() -> None:
    """A heartbeat for work that takes no time."""
