"""The staging folder: files that are being received, and what is made from them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cms.media.storage.staging import Staging, TooLarge


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(tmp_path)


def test_received_bytes_are_kept_under_a_random_name(staging: Staging) -> None:
    first, second = staging.receive(100), staging.receive(100)
    first.write(b"hello ")
    first.write(b"there")
    first.close()
    second.close()
    assert first.path.read_bytes() == b"hello there"
    assert first.size == 11
    assert first.path.parent == second.path.parent == staging.root
    assert first.path != second.path


def test_a_file_may_have_as_many_bytes_as_the_limit_and_not_one_more(staging: Staging) -> None:
    staged = staging.receive(10)
    staged.write(b"12345")
    staged.write(b"67890")
    with pytest.raises(TooLarge):
        staged.write(b"1")
    staged.discard()
    assert staging.names() == []
    staged.discard()


def test_staged_names_are_told_by_age(staging: Staging) -> None:
    old, new = "0" * 32, "1" * 32
    for name, age in ((old, 100), (new, 1), (".keep", 100), ("mediafold.db", 100), ("f" * 31, 100)):
        staging.path(name).touch()
        moment = staging.path(name).stat().st_mtime - age
        os.utime(staging.path(name), (moment, moment))
    assert sorted(staging.names()) == [old, new], "others are not ours"
    assert staging.names(older_than=50) == [old]
    staging.discard(old)
    staging.discard(old)
    assert staging.names() == [new]


def test_what_is_written_there_is_whole_or_not_there(staging: Staging, monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"first", b"second"):
        assert staging.write("0" * 32 + ".vtt", data).read_bytes() == data

    def full(path: Path, _data: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="no room"):
        staging.write("0" * 32 + ".vtt", b"third")
    assert [path.read_bytes() for path in staging.root.iterdir()] == [b"second"]
