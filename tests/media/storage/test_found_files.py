"""The files that are found in the media folder, whatever else lies there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from structlog.testing import CapturingLogger

from cms.media import storage as storage_module
from cms.media.storage import Storage

PATHS = ["a/one.mp4", "z/two.mp4"]


@pytest.fixture
def store(tmp_path: Path) -> Storage:
    for path in PATHS:
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).touch()
    return Storage(tmp_path, tmp_path)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    logger = CapturingLogger()
    monkeypatch.setattr(storage_module, "log", logger)
    return logger


def test_each_is_found_with_its_size_and_age(store: Storage) -> None:
    store.media(PATHS[0]).write_bytes(b"12345")
    found = {file.path: file for file in store.found_files()}
    assert {path: file.size for path, file in found.items()} == {PATHS[0]: 5, PATHS[1]: 0}
    assert all(0 <= file.age < 600 for file in found.values())


def test_a_folder_that_cannot_be_read_is_told_and_passed_over(store: Storage, logged: CapturingLogger) -> None:
    make_unreadable(store.media_root)
    assert sorted(file.path for file in store.found_files()) == PATHS
    [call] = logged.calls
    assert (call.method_name, call.args) == ("warning", ("media_folder_not_read",))
    assert call.kwargs["path"].startswith("dddd")
    assert "File name too long" in call.kwargs["error"]


def test_a_folder_that_vanishes_meanwhile_is_nothing_to_tell(store: Storage, logged: CapturingLogger) -> None:
    files = store.found_files()
    seen = next(files).path
    shutil.rmtree(store.media(next(path for path in PATHS if path != seen)).parent)
    assert list(files) == []
    assert logged.calls == []


def make_unreadable(root: Path) -> None:
    """Make a folder in ``root`` that nobody can read, not even root: its path is longer than the system takes."""
    folder = os.open(root, os.O_RDONLY)
    for _ in range(17):
        os.mkdir("d" * 250, dir_fd=folder)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
