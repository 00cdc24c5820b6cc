"""The files found in the media folder, whatever else is in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from structlog.testing import CapturingLogger

from cms.media.storage import local
from cms.media.storage.local import LocalStore

PATHS = ["a/one.mp4", "z/two.mp4"]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    for path in PATHS:
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).touch()
    return LocalStore(tmp_path)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    logger = CapturingLogger()
    monkeypatch.setattr(local, "log", logger)
    return logger


def test_a_folder_that_cannot_be_read_is_told_and_passed_over(
    store: LocalStore, tmp_path: Path, logged: CapturingLogger
) -> None:
    make_unreadable(tmp_path)
    assert sorted(file.path for file in store.iterate()) == PATHS
    [call] = logged.calls
    assert (call.method_name, call.args) == ("warning", ("media_folder_not_read",))
    assert call.kwargs["path"].startswith("dddd")
    assert "File name too long" in call.kwargs["error"]


def test_a_folder_that_vanishes_meanwhile_is_nothing_to_tell(
    store: LocalStore, tmp_path: Path, logged: CapturingLogger
) -> None:
    files = store.iterate()
    seen = next(files).path
    shutil.rmtree((tmp_path / next(path for path in PATHS if path != seen)).parent)
    assert list(files) == []
    assert logged.calls == []


def make_unreadable(root: Path) -> None:
    """Make a folder in ``root`` that nobody can read, not even root: its path is longer than the system allows."""
    folder = os.open(root, os.O_RDONLY)
    for _ in range(17):
        os.mkdir("d" * 250, dir_fd=folder)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
