"""The media folder behind a site's storage, for tests that look into it or do it harm."""

from __future__ import annotations

from pathlib import Path

from cms.media.storage import Storage
from cms.media.storage.local import LocalStore
from cms.media.storage.staging import Staging


def on_disk(storage: Storage, path: str = "") -> Path:
    """Where a stored file lies; without a path, the folder of all."""
    assert isinstance(storage.media, LocalStore)
    return storage.media._root / path


def derived_on_disk(storage: Storage, path: str = "") -> Path:
    """Where a derived file lies; without a path, the folder of all."""
    assert isinstance(storage.derived, LocalStore)
    return storage.derived._root / path


def local_storage(media: Path, staging: Path) -> Storage:
    """Folders as an app has them."""
    derived = staging.with_name("derived")
    return Storage(Staging(staging), LocalStore(media), LocalStore(derived), derived / ".making")
