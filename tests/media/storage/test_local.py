"""Names are safe in any alphabet; a file takes its place whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.media import storage as storage_module
from cms.media.storage import STEM_BYTES, Storage, TooLarge, digest_in, media_path, safe_stem

DAY = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Storage:
    (tmp_path / "media").mkdir()
    (tmp_path / "staging").mkdir()
    return Storage(tmp_path / "media", tmp_path / "staging")


@pytest.mark.parametrize(
    ("filename", "stem"),
    [
        ("holiday.mp4", "holiday"),
        ("archive.tar.gz", "archive_tar"),
        ("no-extension", "no-extension"),
        ("Эти_страшные_буквы.mp4", "Эти_страшные_буквы"),
        ("日本語.mp4", "日本語"),
        ("café.mp4", "café"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system"),
        ("C:\\Users\\me\\Мой фильм.mp4", "Мой_фильм"),
        ("/absolute/name.mp4", "name"),
        ("a\x00b\nc\x7f.mp4", "a_b_c"),
        ("<script>alert(1)</script>.mp4", "script"),
        ("two  words.mp4", "two_words"),
        ("-rf.mp4", "rf"),
        (".htaccess", "htaccess"),
        ("\u202egnp.mp4", "gnp"),
        # nothing of these is left
        ("", "video"),
        ("...", "video"),
        ("..", "video"),
        ("../", "video"),
        ("\x00", "video"),
        ("🎬🎬.mp4", "video"),
        ("???.mp4", "video"),
    ],
)
def test_a_name_becomes_safe(filename: str, stem: str) -> None:
    assert safe_stem(filename, "video") == stem


@pytest.mark.parametrize("letter", ["a", "я", "語", "𝒳"])
def test_a_long_name_is_cut_between_letters(letter: str) -> None:
    stem = safe_stem(letter * 300 + ".mp4", "video")
    assert stem == letter * (STEM_BYTES // len(letter.encode()))


@given(st.text(max_size=400))
def test_any_name_stays_in_its_date_folder(filename: str) -> None:
    path = media_path(filename, "video", DAY, "0123456789ab", "mp4")
    folder, _, name = path.rpartition("/")
    assert folder == "2026/03/04/video"
    assert name.endswith("-0123456789ab.mp4")
    assert not name.startswith((".", "-"))
    assert name.isprintable()
    assert len(name.encode()) < 255
    assert Path(os.path.normpath(path)) == Path(path)


def test_received_bytes_are_kept_under_a_random_name(store: Storage) -> None:
    first, second = store.receive(100), store.receive(100)
    first.write(b"hello ")
    first.write(b"there")
    first.close()
    second.close()
    assert first.path.read_bytes() == b"hello there"
    assert first.size == 11
    assert first.path.parent == second.path.parent == store.staging_root
    assert first.path != second.path


def test_a_file_may_have_as_many_bytes_as_the_limit_and_not_one_more(store: Storage) -> None:
    staged = store.receive(10)
    staged.write(b"12345")
    staged.write(b"67890")
    with pytest.raises(TooLarge):
        staged.write(b"1")
    staged.discard()
    assert store.staged_names() == []
    staged.discard()


def test_a_placed_file_has_the_staged_bytes(store: Storage) -> None:
    staged = store.staged("one")
    staged.write_bytes(b"bytes")
    store.store(staged, "2026/03/04/video/a.mp4")
    target = store.media("2026/03/04/video/a.mp4")
    assert target.read_bytes() == b"bytes"
    assert target.stat().st_mode & 0o777 == 0o644, "a web server in front may read it"
    assert target.samefile(staged), "no byte was copied"
    assert staged.exists()


def test_placing_twice_is_placing_once(store: Storage) -> None:
    staged = store.staged("one")
    staged.write_bytes(b"bytes")
    for _ in range(2):
        store.store(staged, "a/b.mp4")
    assert [path.name for path in store.media("a").iterdir()] == ["b.mp4"]


def test_what_a_dead_run_left_is_replaced(store: Storage) -> None:
    store.media("a").mkdir()
    store.media("a/b.mp4").write_bytes(b"half")
    staged = store.staged("one")
    staged.write_bytes(b"whole")
    store.store(staged, "a/b.mp4")
    assert store.media("a/b.mp4").read_bytes() == b"whole"


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK])
def test_without_links_the_file_is_copied(store: Storage, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def no_link(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", no_link)
    staged = store.staged("one")
    staged.write_bytes(b"bytes")
    store.store(staged, "a/b.mp4")
    assert store.media("a/b.mp4").read_bytes() == b"bytes"
    assert not store.media("a/b.mp4").samefile(staged)


def test_a_full_disk_leaves_nothing_behind(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a part of the file under its name, nor the copy that was being written."""

    def no_link(*_: object) -> None:
        raise OSError(errno.EXDEV, "another device")

    def full(_source: Path, target: Path) -> None:
        Path(target).write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "link", no_link)
    monkeypatch.setattr(storage_module.shutil, "copyfile", full)
    staged = store.staged("one")
    staged.write_bytes(b"bytes")
    with pytest.raises(OSError, match="no room"):
        store.store(staged, "a/b.mp4")
    assert list(store.media("a").iterdir()) == []
    assert staged.read_bytes() == b"bytes"


def test_any_other_fault_of_a_link_is_told(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: object) -> None:
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(os, "link", no_link)
    staged = store.staged("one")
    staged.write_bytes(b"bytes")
    with pytest.raises(OSError, match="broken"):
        store.store(staged, "a/b.mp4")


def test_the_file_is_durable_before_it_has_its_name(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, name=name, real=real: (done.append(name), real(*a))[1])
    staged = store.staged("one")
    staged.write_bytes(b"bytes")
    store.store(staged, "a/b.mp4")
    assert done[:2] == ["fsync", "replace"]
    assert done[2:]
    assert set(done[2:]) == {"fsync"}, "the folders' names are made durable after it"


@pytest.fixture
def far(store: Storage) -> Iterator[Storage]:
    """Files are received on another disk than that where they are kept."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == store.media_root.stat().st_dev:
        pytest.skip("there is no second file system in /dev/shm")
    with tempfile.TemporaryDirectory(prefix="mf-", dir=memory) as folder:
        yield Storage(store.media_root, Path(folder))


def test_bytes_from_another_disk_are_brought_before_they_are_placed(
    far: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = far.staged("one")
    staged.write_bytes(b"bytes")
    staged.chmod(0o600)
    with far.prepared(staged, lambda: None) as path:
        monkeypatch.setattr(storage_module.shutil, "copyfile", None)  # all that is left to do is to rename it
        inode = path.stat().st_ino
        assert list(far.found_files()) == []
        far.store(path, "a/b.mp4")
        assert far.media("a/b.mp4").stat().st_ino == inode
    assert [file.name for file in far.media_root.rglob("*") if file.is_file()] == ["b.mp4"]
    assert far.media("a/b.mp4").read_bytes() == staged.read_bytes() == b"bytes"
    assert far.media("a/b.mp4").stat().st_mode & 0o777 == 0o644


def test_on_one_disk_no_byte_is_copied(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    staged = store.staged("one")
    staged.write_bytes(b"bytes")
    monkeypatch.setattr(storage_module.shutil, "copyfile", None)
    with store.prepared(staged, lambda: None) as path:
        store.store(path, "a/b.mp4")
    assert store.media("a/b.mp4").samefile(staged)
    assert [file.name for file in store.media_root.iterdir()] == ["a"]


@pytest.mark.parametrize("is_lost", [False, True])
def test_who_brings_bytes_gives_signs_of_life_and_leaves_nothing_if_nobody_wants_them(
    store: Storage, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    beaten, real = threading.Event(), os.link

    def slow(source: Path, target: Path) -> None:
        assert beaten.wait(20), "no sign of life"
        real(source, target)

    def heartbeat() -> None:
        beaten.set()
        if is_lost:
            raise RuntimeError("the upload is somebody else's now")

    monkeypatch.setattr(storage_module, "_BEAT_SECONDS", 0.01)
    monkeypatch.setattr(os, "link", slow)
    staged = store.staged("one")
    staged.write_bytes(b"bytes")
    try:
        with store.prepared(staged, heartbeat) as path:
            assert not is_lost
            assert path.read_bytes() == b"bytes"
    except RuntimeError:
        assert is_lost
    assert list(store.media_root.iterdir()) == []


def test_what_was_brought_is_copied_once(far: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    copies, real = [], storage_module.shutil.copyfile
    monkeypatch.setattr(storage_module.shutil, "copyfile", lambda *paths: (copies.append(paths), real(*paths)))
    far.staged("one").write_bytes(b"bytes")
    for _ in range(2):  # the second attempt finds what the first has placed
        with far.prepared(far.staged("one"), lambda: None) as path:
            far.store(path, "2026/it.mp4")
    assert (far.media("2026/it.mp4").read_bytes(), len(copies)) == (b"bytes", 2)
    assert [path.name for path in far.media_root.iterdir()] == ["2026"]
    assert far.staged("one").exists()


def test_a_slower_worker_writes_nothing_into_what_another_has_placed(far: Storage) -> None:
    """It comes to its copying when the other has just made the file."""
    far.staged("one").write_bytes(b"bytes")
    with far.prepared(far.staged("one"), lambda: None) as path:
        with pytest.raises(FileExistsError):
            storage_module._link_or_copy(far.staged("one"), path)
        assert path.read_bytes() == b"bytes"


def test_no_room_for_what_is_brought_leaves_nothing(far: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: Path, target: Path) -> None:
        Path(target).write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(storage_module.shutil, "copyfile", full)
    far.staged("one").write_bytes(b"bytes")
    with pytest.raises(OSError, match="no room"), far.prepared(far.staged("one"), lambda: None):
        pytest.fail("there is no room")
    assert list(far.media_root.iterdir()) == []


def test_staged_names_are_told_by_age(store: Storage) -> None:
    old, new = "0" * 32, "1" * 32
    for name, age in ((old, 100), (new, 1), (".keep", 100), ("mediafold.db", 100), ("f" * 31, 100)):
        store.staged(name).touch()
        moment = store.staged(name).stat().st_mtime - age
        os.utime(store.staged(name), (moment, moment))
    assert sorted(store.staged_names()) == [old, new], "others are not ours"
    assert store.staged_names(older_than=50) == [old]
    store.discard(old)
    store.discard(old)
    assert store.staged_names() == [new]


@pytest.mark.parametrize("length", [12, 64])
@pytest.mark.parametrize("filename", ["a.mp4", "deadbeef0123-0.mp4", "-.mp4", "имя-0123456789ab.mp4"])
def test_a_stored_name_tells_its_digest(filename: str, length: int) -> None:
    start = ("0123456789abcdef" * 4)[:length]
    assert digest_in(media_path(filename, "video", DAY, start, "mp4")) == start


@pytest.mark.parametrize(
    "path", ["notes.txt", "a-0123.mp4", "a-0123456789AB.mp4", "0123456789ab.mp4", "a-0123456789ab"]
)
def test_a_name_that_is_not_of_our_making_tells_none(path: str) -> None:
    assert digest_in(path) is None


def test_a_media_file_is_removed_once(store: Storage) -> None:
    store.media("a.mp4").touch()
    store.remove("a.mp4")
    store.remove("a.mp4")
    assert list(store.found_files()) == []
