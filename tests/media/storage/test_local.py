"""What the local store guarantees besides the contract: links, order, durability, and no second copy."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cms.media.storage import durable
from cms.media.storage import store as store_module
from cms.media.storage.local import LocalStore
from cms.media.storage.store import MediaStore
from tests.media.storage.contract import StoreContract
from tests.media.storage.samples import NAME, PATH


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    return folder


@pytest.fixture
def store(root: Path) -> LocalStore:
    return LocalStore(root)


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    (tmp_path / "staging").mkdir()
    file = tmp_path / "staging" / NAME
    file.write_bytes(b"bytes")
    return file


class TestLocalStore(StoreContract):
    @pytest.fixture
    def store(self, root: Path) -> LocalStore:
        return LocalStore(root)

    def keep_from_removing(self, store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: object, **__: object) -> None:
            raise OSError(errno.EROFS, "mounted read-only meanwhile")

        monkeypatch.setattr(Path, "unlink", fails)


def test_a_file_that_is_put_is_the_staged_one(store: LocalStore, root: Path, staged: Path) -> None:
    store.put_file(PATH, staged)
    assert (root / PATH).stat().st_mode & 0o777 == 0o644, "a web server in front may read it"
    assert (root / PATH).samefile(staged), "no byte was copied"


def test_putting_twice_is_putting_once(store: LocalStore, root: Path, staged: Path) -> None:
    for _ in range(2):
        store.put_file("a/b.mp4", staged)
    assert [path.name for path in (root / "a").iterdir()] == ["b.mp4"]


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK])
def test_without_links_the_file_is_copied(
    store: LocalStore, root: Path, staged: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def no_link(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", no_link)
    store.put_file("a/b.mp4", staged)
    assert (root / "a/b.mp4").read_bytes() == b"bytes"
    assert not (root / "a/b.mp4").samefile(staged)


def test_a_full_disk_leaves_nothing_behind(
    store: LocalStore, root: Path, staged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a part of the file under its name nor the unfinished copy remains."""

    def no_link(*_: object) -> None:
        raise OSError(errno.EXDEV, "another device")

    monkeypatch.setattr(os, "link", no_link)
    monkeypatch.setattr(durable.shutil, "copyfile", full)
    with pytest.raises(OSError, match="no room"):
        store.put_file("a/b.mp4", staged)
    assert list((root / "a").iterdir()) == []
    assert staged.read_bytes() == b"bytes"


def test_any_other_fault_of_a_link_is_told(store: LocalStore, staged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: object) -> None:
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(os, "link", no_link)
    with pytest.raises(OSError, match="broken"):
        store.put_file("a/b.mp4", staged)


@pytest.mark.parametrize("how", ["put", "put_file"])
def test_the_file_is_durable_before_it_has_its_name(
    store: LocalStore, root: Path, staged: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    done = noted(monkeypatch)
    with staged.open("rb") as data:
        store.put(PATH, data) if how == "put" else store.put_file(PATH, staged)
    folders = [root / folder for folder in Path(PATH).parents]
    assert done == ["fsync file", "replace", *(f"fsync {folder}" for folder in folders)]


def test_what_was_prepared_is_durable_and_has_only_to_be_renamed(
    store: LocalStore, root: Path, staged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = noted(monkeypatch)
    with store.prepared(staged, lambda: None) as publish:
        assert done == ["fsync file"]
        publish("a/b.mp4")
        assert done == ["fsync file", "replace", f"fsync {root / 'a'}", f"fsync {root}"]


def test_a_disk_that_is_not_mounted_is_not_written_beside(store: LocalStore, root: Path, staged: Path) -> None:
    root.rmdir()
    with pytest.raises(FileNotFoundError):
        store.put_file(PATH, staged)
    with pytest.raises(FileNotFoundError), store.prepared(staged, lambda: None):
        pytest.fail("there is no folder")
    assert not root.exists()


def test_something_else_than_a_file_is_told_apart_from_nothing(store: LocalStore, root: Path) -> None:
    (root / PATH).mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        store.stat(PATH)


def test_a_part_is_one_that_the_kernel_can_send(store: LocalStore, staged: Path) -> None:
    store.put_file(PATH, staged)
    with store.open(PATH, 2, 4) as file:
        assert os.lseek(file.fileno(), 0, os.SEEK_CUR) == 2  # type: ignore[attr-defined]


@pytest.fixture
def far(root: Path) -> Iterator[Path]:
    """A file received on a different disk from the one where files are stored."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == root.stat().st_dev:
        pytest.skip("there is no second file system in /dev/shm")
    with tempfile.TemporaryDirectory(prefix="mf-", dir=memory) as folder:
        file = Path(folder, NAME)
        file.write_bytes(b"bytes")
        yield file


def test_bytes_from_another_disk_are_brought_before_they_are_placed(
    store: LocalStore, root: Path, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.chmod(0o600)
    with store.prepared(far, lambda: None) as publish:
        monkeypatch.setattr(durable.shutil, "copyfile", None)  # only the rename is left to do
        [prepared] = root.iterdir()
        inode = prepared.stat().st_ino
        assert list(store.iterate()) == []
        publish("a/b.mp4")
        assert (root / "a/b.mp4").stat().st_ino == inode
    assert files(root) == ["a/b.mp4"]
    assert (root / "a/b.mp4").read_bytes() == far.read_bytes() == b"bytes"
    assert (root / "a/b.mp4").stat().st_mode & 0o777 == 0o644


def test_on_one_disk_no_byte_is_copied(
    store: LocalStore, root: Path, staged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable.shutil, "copyfile", None)
    with store.prepared(staged, lambda: None) as publish:
        publish("a/b.mp4")
    assert (root / "a/b.mp4").samefile(staged)
    assert [file.name for file in root.iterdir()] == ["a"]


@pytest.mark.parametrize("is_lost", [False, True])
def test_who_brings_bytes_gives_signs_of_life_and_leaves_nothing_if_nobody_wants_them(
    store: LocalStore, root: Path, staged: Path, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    beaten, real = threading.Event(), os.link

    def slow(source: Path, target: Path) -> None:
        assert beaten.wait(20), "no sign of life"
        real(source, target)

    def heartbeat() -> None:
        beaten.set()
        if is_lost:
            raise RuntimeError("the upload is somebody else's now")

    monkeypatch.setattr(store_module, "_BEAT_SECONDS", 0.01)
    monkeypatch.setattr(os, "link", slow)
    try:
        with store.prepared(staged, heartbeat):
            assert not is_lost
            assert [path.read_bytes() for path in root.iterdir()] == [b"bytes"]
    except RuntimeError:
        assert is_lost
    assert list(root.iterdir()) == []


def test_what_was_brought_is_copied_once(
    store: LocalStore, root: Path, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies, real = [], durable.shutil.copyfile
    monkeypatch.setattr(durable.shutil, "copyfile", lambda *paths: (copies.append(paths), real(*paths)))
    for _ in range(2):  # the second attempt finds the file of the first
        with store.prepared(far, lambda: None) as publish:
            publish("2026/it.mp4")
    assert ((root / "2026/it.mp4").read_bytes(), len(copies)) == (b"bytes", 2)
    assert [path.name for path in root.iterdir()] == ["2026"]
    assert far.exists()


def test_a_slower_worker_writes_nothing_into_what_another_has_placed(store: LocalStore, root: Path, far: Path) -> None:
    """The slower worker starts to copy just after the other has created the file."""
    with store.prepared(far, lambda: None):
        [prepared] = root.iterdir()
        with pytest.raises(FileExistsError):
            durable.link_or_copy(far, prepared)
        assert prepared.read_bytes() == b"bytes"


def test_no_room_for_what_is_brought_leaves_nothing(
    store: LocalStore, root: Path, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable.shutil, "copyfile", full)
    with pytest.raises(OSError, match="no room"), store.prepared(far, lambda: None):
        pytest.fail("there is no room")
    assert list(root.iterdir()) == []


def full(_source: Path, target: Path) -> None:
    """Fail to copy a file because there is no room."""
    Path(target).write_bytes(b"ha")
    raise OSError(errno.ENOSPC, "no room")


def files(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]


def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record every fsync and rename from now on."""
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def syncs(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink()
        done.append(f"fsync {name}" if name.is_dir() else "fsync file")
        fsync(descriptor)

    def replaces(source: Path, target: Path) -> None:
        done.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", syncs)
    monkeypatch.setattr(os, "replace", replaces)
    return done
