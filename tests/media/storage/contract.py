"""What holds for every media store; see the protocol in cms/media/storage/store.py.

A test module of a store has a subclass whose name begins with ``Test``, and whose fixture ``store`` gives an empty one.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest

from cms.media.storage.store import LEFT_SECONDS, FoundFile, MediaStore

PATH = "2026/03/04/video/film-0123456789ab.mp4"
OTHERS = [
    "2026/03/04/video/Эти_страшные_буквы-0123456789ab.mp4",
    "2026/03/04/video/日本語-0123456789ab.mp4",
    "2026/03/04/audio/film-0123456789ab.mp3",
    "2026/03/05/video/film-0123456789ab.mp4",
    "notes.txt",
]
#: What lies nowhere, or could not lie anywhere.
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

    def __init__(self) -> None:
        self._first = [DATA[:100]]

    def read(self, size: int = -1, /) -> bytes:
        if self._first:
            return self._first.pop()
        raise ConnectionError("no more")


class InPieces:
    """A source that gives fewer bytes than are asked for."""

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


class StoreContract:
    """The tests."""

    @pytest.fixture
    def store(self) -> MediaStore:
        raise NotImplementedError

    @pytest.fixture
    def staged(self, tmp_path: Path) -> Path:
        """A file of this machine."""
        (tmp_path / "staging").mkdir(exist_ok=True)
        file = tmp_path / "staging" / NAME
        file.write_bytes(DATA)
        return file

    def test_what_is_put_is_there(self, store: MediaStore) -> None:
        before = time.time()
        store.put(PATH, InPieces(DATA))
        stat = store.stat(PATH)
        assert stat
        assert (stat.size, content(store)) == (len(DATA), DATA)
        assert before - 2 < stat.modified < time.time() + 2
        assert store.stat(PATH) == stat

    def test_what_is_put_replaces_what_was_there(self, store: MediaStore) -> None:
        store.put(PATH, BytesIO(DATA))
        first = store.stat(PATH)
        store.put(PATH, BytesIO(DATA[::-1]))
        assert content(store) == DATA[::-1]
        assert store.stat(PATH) != first, "though it is of the same size"
        assert list(found(store)) == [PATH]

    @pytest.mark.parametrize("is_there", [False, True])
    def test_data_that_fails_changes_nothing(self, store: MediaStore, is_there: bool) -> None:
        if is_there:
            store.put(PATH, BytesIO(DATA))
        with pytest.raises(ConnectionError):
            store.put(PATH, Failing())
        assert list(found(store)) == [PATH] * is_there
        assert not is_there or content(store) == DATA

    def test_a_file_is_put_and_stays(self, store: MediaStore, staged: Path) -> None:
        for _ in range(2):
            store.put_file(PATH, staged)
            assert content(store) == staged.read_bytes() == DATA
        assert list(found(store)) == [PATH]
        staged.unlink()
        assert content(store) == DATA

    def test_a_file_that_is_gone_is_not_put(self, store: MediaStore, staged: Path) -> None:
        staged.unlink()
        with pytest.raises(FileNotFoundError):
            store.put_file(PATH, staged)
        with pytest.raises(FileNotFoundError), store.prepared(staged, lambda: None):
            pytest.fail("there is nothing to prepare")
        assert found(store) == {}

    def test_what_is_prepared_is_found_when_it_is_published(self, store: MediaStore, staged: Path) -> None:
        with store.prepared(staged, lambda: None) as publish:
            assert found(store) == {}
            assert store.stat(PATH) is None
            publish(PATH)
            assert content(store) == DATA
        assert content(store) == staged.read_bytes() == DATA
        assert list(found(store)) == [PATH]

    def test_what_is_published_replaces_what_was_there(self, store: MediaStore, staged: Path) -> None:
        """The remains of a run that died before its commit."""
        store.put(PATH, BytesIO(b"remains"))
        for _ in range(2):
            with store.prepared(staged, lambda: None) as publish:
                publish(PATH)
            assert content(store) == DATA

    def test_what_nobody_publishes_is_gone(
        self, store: MediaStore, staged: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with suppress(ZeroDivisionError), store.prepared(staged, lambda: None):
            raise ZeroDivisionError
        self._let_pass(monkeypatch, LEFT_SECONDS + 100)
        assert found(store) == {}
        assert staged.exists()

    def test_what_a_dead_worker_left_is_found_after_a_while(
        self, store: MediaStore, staged: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dead = [store.prepared(staged, lambda: None) for _ in range(2)]
        for one in dead:
            one.__enter__()  # and nothing more comes of it
        assert found(store) == {}
        self._let_pass(monkeypatch, LEFT_SECONDS + 100)
        [left] = found(store).values()
        assert (left.size, left.age > LEFT_SECONDS) == (len(DATA), True)
        store.delete(left.path)
        assert found(store) == {}

    @pytest.mark.parametrize("name", [NAME, f"{NAME}.vtt"])
    def test_what_a_dead_worker_left_goes_with_its_upload(
        self, store: MediaStore, staged: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        file = staged.rename(staged.with_name(name))
        dead = store.prepared(file, lambda: None)
        dead.__enter__()
        for _ in range(2):
            store.discard_prepared(NAME)
        self._let_pass(monkeypatch, LEFT_SECONDS + 100)
        assert found(store) == {}

    def test_the_attempt_after_a_dead_one_succeeds(self, store: MediaStore, staged: Path) -> None:
        dead = store.prepared(staged, lambda: None)
        dead.__enter__()
        with store.prepared(staged, lambda: None) as publish:
            publish(PATH)
        assert content(store) == DATA

    @pytest.mark.parametrize(
        ("start", "end"), [(0, 0), (0, 1), (3, 7), (0, len(DATA)), (5, None), (len(DATA) - 1, None), (7, 7)]
    )
    def test_a_range_is_read(self, store: MediaStore, start: int, end: int | None) -> None:
        store.put(PATH, BytesIO(DATA))
        with store.open(PATH, start, end) as file:
            assert b"".join(iter(lambda: file.read(1000), b"")) == DATA[start:end]
            assert (file.read(10), file.read()) == (b"", b"")
        with store.open(PATH, start, end) as file, memoryview(bytearray(len(DATA))) as buffer:
            count = 0
            while read := file.readinto(buffer[count : count + 999]):
                count += read
            assert bytes(buffer[:count]) == DATA[start:end]
        file = store.open(PATH, start, end)
        assert file.read() == DATA[start:end]
        file.close()

    def test_an_empty_file_is_a_file(self, store: MediaStore) -> None:
        store.put(PATH, BytesIO(b""))
        assert content(store) == b""
        assert found(store)[PATH].size == 0

    @pytest.mark.parametrize("path", NOWHERE)
    def test_nothing_is_there(self, store: MediaStore, path: str) -> None:
        store.put(PATH, BytesIO(DATA))
        assert store.stat(path) is None

    def test_what_is_missing_is_said_so(self, store: MediaStore) -> None:
        with pytest.raises(FileNotFoundError):
            store.open(PATH)
        with pytest.raises(FileNotFoundError), store.local_path(PATH):
            pytest.fail("there is none")

    @pytest.mark.parametrize("meanwhile", ["removed", "replaced"])
    def test_what_is_open_never_goes_on_with_other_bytes(self, store: MediaStore, meanwhile: str) -> None:
        store.put(PATH, BytesIO(DATA))
        with store.open(PATH) as file:
            begun = file.read(1000)
            if meanwhile == "removed":
                store.delete(PATH)
            else:
                store.put(PATH, BytesIO(DATA[::-1]))
            with suppress(OSError):
                assert begun + b"".join(iter(lambda: file.read(1000), b"")) == DATA

    def test_a_file_is_deleted_once(self, store: MediaStore) -> None:
        for path in (PATH, *OTHERS):
            store.put(path, BytesIO(DATA))
        for _ in range(2):
            store.delete(PATH)
            assert store.stat(PATH) is None
        assert set(found(store)) == set(OTHERS)

    def test_each_is_found_with_its_size_and_age(self, store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
        assert found(store) == {}
        for size, path in enumerate([PATH, *OTHERS]):
            store.put(path, BytesIO(DATA[:size]))
        assert {path: file.size for path, file in found(store).items()} == {
            path: size for size, path in enumerate([PATH, *OTHERS])
        }
        assert all(0 <= file.age < 60 for file in found(store).values())
        self._let_pass(monkeypatch, 1000)
        assert all(1000 <= file.age + 2 < 1060 for file in found(store).values())

    def test_a_name_with_a_dot_before_it_is_kept_and_not_found(self, store: MediaStore) -> None:
        store.put(".mediafold", BytesIO(b"a mark"))
        assert content(store, ".mediafold") == b"a mark"
        assert found(store) == {}

    def test_what_is_found_may_be_removed_meanwhile(self, store: MediaStore) -> None:
        for path in (PATH, *OTHERS):
            store.put(path, BytesIO(DATA))
        seen = []
        for file in store.iterate():
            seen.append(file.path)
            store.delete(file.path)
        assert sorted(seen) == sorted([PATH, *OTHERS])
        assert found(store) == {}

    def test_an_address_is_whole_or_none(self, store: MediaStore) -> None:
        store.put(OTHERS[0], BytesIO(DATA))
        address = store.url(OTHERS[0])
        assert address is None or (address.startswith("http") and quote(OTHERS[0]) in address)

    def test_programs_that_need_a_file_get_one(self, store: MediaStore) -> None:
        store.put(PATH, BytesIO(DATA))
        with store.local_path(PATH) as file:
            assert file.read_bytes() == DATA
            assert file.suffix == ".mp4"
        assert content(store) == DATA

    @staticmethod
    def _let_pass(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        later = time.time() + seconds
        monkeypatch.setattr(time, "time", lambda: later)
