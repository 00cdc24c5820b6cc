"""A store with the semantics of S3 passes the contract, so object stores can do what it requires."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from cms.media.storage.store import MediaStore
from tests.media.storage.contract import StoreContract
from tests.media.storage.objects import PART, Bucket, ObjectStore
from tests.media.storage.samples import DATA, PATH, content


class TestObjectStore(StoreContract):
    part_size = PART

    @pytest.fixture
    def store(self) -> ObjectStore:
        return ObjectStore(Bucket())

    def keep_from_removing(self, store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
        assert isinstance(store, ObjectStore)
        monkeypatch.setattr(store.bucket, "unanswered", {"DELETE"})


def test_the_bucket_ignores_conditions() -> None:
    bucket = Bucket()
    bucket.put(PATH, b"first", if_none_match="*")
    bucket.put(PATH, b"second", if_none_match="*")
    assert content(ObjectStore(bucket)) == b"second"


def test_no_byte_is_sent_while_it_is_published(tmp_path: Path) -> None:
    """The transaction of an upload therefore does not wait for the network."""
    store, file = ObjectStore(Bucket()), tmp_path / "file"
    file.write_bytes(DATA)
    with store.prepared(file, lambda: None) as publish:
        store.bucket.requests.clear()
        publish(PATH)
        assert store.bucket.requests == [("COPY", PATH)]


def test_a_list_goes_on_after_its_first_page() -> None:
    store = ObjectStore(Bucket())
    paths = [f"2026/{number}.mp4" for number in range(20)]
    for path in reversed(paths):
        store.put(path, BytesIO(DATA))
    assert [file.path for file in store.iterate()] == sorted(paths)
