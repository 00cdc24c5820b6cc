"""What holds for every media store while bytes are prepared, by workers that may be slow or dead."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from io import BytesIO
from pathlib import Path

import pytest

from cms.media.storage.store import LEFT_SECONDS, MediaStore
from tests.media.storage.samples import DATA, NAME, PATH, content, found, let_pass, no_heartbeat


class PreparedContract:
    """The tests; a part of :class:`~tests.media.storage.contract.StoreContract`, which has the fixtures."""

    def keep_from_removing(self, store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make the store fail to remove anything."""
        raise NotImplementedError

    def test_what_is_prepared_is_found_when_it_is_published(self, store: MediaStore, staged: Path) -> None:
        with store.prepared(staged, no_heartbeat) as publish:
            assert found(store) == {}
            assert store.stat(PATH) is None
            publish(PATH)
            assert content(store) == DATA
        assert content(store) == staged.read_bytes() == DATA
        assert list(found(store)) == [PATH]

    def test_what_is_published_replaces_what_was_there(self, store: MediaStore, staged: Path) -> None:
        """What was there was left by a run that died before its commit."""
        store.put(PATH, BytesIO(b"remains"))
        for _ in range(2):
            with store.prepared(staged, no_heartbeat) as publish:
                publish(PATH)
            assert content(store) == DATA

    def test_what_nobody_publishes_is_gone(
        self, store: MediaStore, staged: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with suppress(ZeroDivisionError), store.prepared(staged, no_heartbeat):
            raise ZeroDivisionError
        let_pass(monkeypatch, LEFT_SECONDS + 100)
        assert found(store) == {}
        assert staged.exists()

    def test_what_a_dead_worker_left_is_found_after_a_while(
        self, store: MediaStore, staged: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dead = [store.prepared(staged, no_heartbeat) for _ in range(2)]
        for one in dead:
            one.__enter__()  # and never exited
        assert found(store) == {}
        let_pass(monkeypatch, LEFT_SECONDS + 100)
        [left] = found(store).values()
        assert (left.size, left.age > LEFT_SECONDS) == (len(DATA), True)
        stat = store.stat(left.path)
        assert stat
        assert stat.size == len(DATA)
        store.delete(left.path)
        assert found(store) == {}

    @pytest.mark.parametrize("name", [NAME, f"{NAME}.vtt"])
    def test_what_a_dead_worker_left_goes_with_its_upload(
        self, store: MediaStore, staged: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        file = staged.rename(staged.with_name(name))
        dead = store.prepared(file, no_heartbeat)
        dead.__enter__()
        for _ in range(2):
            store.discard_prepared(NAME)
        let_pass(monkeypatch, LEFT_SECONDS + 100)
        assert found(store) == {}

    def test_the_attempt_after_a_dead_one_succeeds(self, store: MediaStore, staged: Path) -> None:
        dead = store.prepared(staged, no_heartbeat)
        dead.__enter__()
        with store.prepared(staged, no_heartbeat) as publish:
            publish(PATH)
        assert content(store) == DATA

    @pytest.mark.parametrize("comes_first", ["slow", "later"])
    def test_a_slow_attempt_takes_nothing_from_a_later_one(
        self, store: MediaStore, staged: Path, comes_first: str
    ) -> None:
        """The slow worker was thought dead."""
        with ExitStack() as slow_one:
            slow = slow_one.enter_context(store.prepared(staged, no_heartbeat))
            with store.prepared(staged, no_heartbeat) as publish:
                if comes_first == "later":
                    publish(PATH)
                with suppress(OSError):
                    slow(PATH)
                    assert content(store) == DATA
                slow_one.close()
                if comes_first == "slow":
                    assert store.stat(PATH) is None or content(store) == DATA
                    publish(PATH)
                assert content(store) == DATA
        assert content(store) == DATA
        assert list(found(store)) == [PATH]

    def test_what_cannot_be_removed_sends_no_upload_back(
        self, store: MediaStore, staged: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as fault, store.prepared(staged, no_heartbeat) as publish:
            publish(PATH)
            self.keep_from_removing(store, fault)
        assert content(store) == DATA
        with suppress(ZeroDivisionError), monkeypatch.context() as fault, store.prepared(staged, no_heartbeat):
            self.keep_from_removing(store, fault)
            raise ZeroDivisionError
        assert list(found(store)) == [PATH]
        let_pass(monkeypatch, LEFT_SECONDS + 100)
        for path in set(found(store)) - {PATH}:
            store.delete(path)
        assert list(found(store)) == [PATH]
