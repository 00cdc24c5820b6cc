"""What holds for every media store; see the protocol in cms/media/storage/store.py.

The test module of a store has a subclass whose name begins with ``Test``. Its fixture ``store`` gives an empty store,
its ``part_size`` is that of the store, and its ``keep_from_removing`` makes removing fail.
"""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest

from cms.media.storage.store import MediaStore
from tests.media.storage.prepared_contract import PreparedContract
from tests.media.storage.samples import (
    DATA,
    NAME,
    NOWHERE,
    OTHERS,
    PATH,
    Failing,
    InPieces,
    content,
    found,
    let_pass,
    no_heartbeat,
)


class StoreContract(PreparedContract):
    """The tests."""

    #: The size of the parts in which the store takes or keeps bytes.
    part_size = 2**20

    @pytest.fixture
    def store(self) -> MediaStore:
        raise NotImplementedError

    @pytest.fixture
    def staged(self, tmp_path: Path) -> Path:
        """A local file."""
        (tmp_path / "staging").mkdir(exist_ok=True)
        file = tmp_path / "staging" / NAME
        file.write_bytes(DATA)
        return file

    @pytest.fixture
    def parts(self) -> bytes:
        """Two different parts and a bit more."""
        return random.Random(0).randbytes(2 * self.part_size + 1000)

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
            store.put(PATH, Failing(DATA[:100]))
        assert list(found(store)) == [PATH] * is_there
        assert not is_there or content(store) == DATA

    def test_what_was_there_can_be_read_until_it_is_replaced(self, store: MediaStore, parts: bytes) -> None:
        class Looking(BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                assert content(store) == DATA
                return super().read(size)

        store.put(PATH, BytesIO(DATA))
        store.put(PATH, Looking(parts))
        assert content(store) == parts

    @pytest.mark.parametrize("how", ["put", "put_file", "prepared"])
    def test_parts_are_put_together(self, store: MediaStore, staged: Path, parts: bytes, how: str) -> None:
        staged.write_bytes(parts)
        if how == "put":
            store.put(PATH, InPieces(parts))
        elif how == "put_file":
            store.put_file(PATH, staged)
        else:
            with store.prepared(staged, no_heartbeat) as publish:
                publish(PATH)
        assert content(store) == parts
        assert found(store)[PATH].size == len(parts)
        for start, end in ((-1, 1), (0, self.part_size), (5, self.part_size + 5)):
            first, last = self.part_size + start, self.part_size + end
            with store.open(PATH, first, last) as file:
                assert b"".join(iter(lambda: file.read(100_000), b"")) == parts[first:last]

    def test_data_that_fails_after_a_part_changes_nothing(self, store: MediaStore, parts: bytes) -> None:
        with pytest.raises(ConnectionError):
            store.put(PATH, Failing(parts[: self.part_size + 100]))
        assert store.stat(PATH) is None
        assert found(store) == {}

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
        with pytest.raises(FileNotFoundError), store.prepared(staged, no_heartbeat):
            pytest.fail("there is nothing to prepare")
        assert found(store) == {}

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
        let_pass(monkeypatch, 1000)
        assert all(1000 <= file.age + 2 < 1060 for file in found(store).values())

    def test_a_name_with_a_dot_before_it_is_kept_and_not_found(self, store: MediaStore) -> None:
        for path in (".mediafold", ".a/b.mp4", "2026/.a/b.mp4", "2026/.b.mp4"):
            store.put(path, BytesIO(b"a mark"))
            assert content(store, path) == b"a mark"
            assert store.stat(path)
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

    def test_threads_share_it(self, store: MediaStore, staged: Path) -> None:
        def work(number: int) -> None:
            path, file = f"2026/{number}.mp4", staged.with_name(f"{number:032x}"[::-1])
            file.write_bytes(DATA[number:])
            store.put(path, BytesIO(DATA))
            with store.prepared(file, no_heartbeat) as publish:
                publish(path)
            assert content(store, path) == DATA[number:]
            store.delete(path)
            assert store.stat(path) is None

        store.put(PATH, BytesIO(DATA))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(24)))
        assert list(found(store)) == [PATH]

    def test_threads_read_one_file_in_turn(self, store: MediaStore) -> None:
        store.put(PATH, BytesIO(DATA))
        with store.open(PATH) as file:
            read = []
            for _ in range(6):
                with ThreadPoolExecutor(1) as pool:
                    read.append(pool.submit(file.read, 1000).result())
        assert b"".join(read) == DATA[: len(b"".join(read))] != b""

    def test_a_child_may_be_forked_after_its_first_use(self, store: MediaStore) -> None:
        store.put(PATH, BytesIO(DATA))
        with store.open(PATH) as file:
            begun = file.read(100)
            child = os.fork()
            if not child:
                signal.alarm(30)  # ends a child that hangs
                is_well = False
                try:
                    is_well = content(store) == DATA
                    store.put(OTHERS[0], BytesIO(DATA))
                    is_well = is_well and content(store, OTHERS[0]) == DATA
                finally:
                    os._exit(not is_well)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            assert begun + b"".join(iter(lambda: file.read(1000), b"")) == DATA
        assert content(store) == DATA
