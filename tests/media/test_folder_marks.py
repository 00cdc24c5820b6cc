"""A process that sees a different folder of files from the others is noticed."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from cms.media import folder_marks
from cms.media.models import FolderMark
from cms.media.storage import Storage
from cms.media.storage.local import LocalStore
from tests.disk import local_storage, on_disk

pytestmark = pytest.mark.both_databases


def ensure(engine: Engine, storage: Storage) -> dict[str, str]:
    with Session(engine) as session:
        marks = folder_marks.ensure(session, storage)
        session.commit()
    return marks


@pytest.fixture
def elsewhere(tmp_path: Path) -> Storage:
    """The folders of a machine that shares none of them."""
    for folder in ("media", "staging", "derived"):
        (tmp_path / folder).mkdir()
    return local_storage(tmp_path / "media", tmp_path / "staging")


def test_folders_are_marked_once(engine: Engine, storage: Storage) -> None:
    marks = ensure(engine, storage)
    assert set(marks) == {"MEDIA_ROOT", "STAGING_ROOT", "DERIVED_ROOT"}
    assert len(set(marks.values())) == 3
    assert ensure(engine, storage) == marks
    assert folder_marks.unmarked(storage, marks) == []


def test_a_machine_with_other_folders_does_not_mark_them(engine: Engine, storage: Storage, elsewhere: Storage) -> None:
    marks = ensure(engine, storage)
    assert ensure(engine, elsewhere) == marks
    assert folder_marks.unmarked(elsewhere, marks) == ["MEDIA_ROOT", "STAGING_ROOT", "DERIVED_ROOT"]


def test_one_folder_may_be_shared_and_another_not(engine: Engine, storage: Storage, elsewhere: Storage) -> None:
    marks = ensure(engine, storage)
    mixed = replace(storage, staging=elsewhere.staging)
    assert folder_marks.unmarked(mixed, marks) == ["STAGING_ROOT"]
    mixed = replace(storage, derived=elsewhere.derived)
    assert folder_marks.unmarked(mixed, marks) == ["DERIVED_ROOT"]


def test_a_folder_of_a_later_release_is_marked_then(engine: Engine, storage: Storage) -> None:
    marks = ensure(engine, storage)
    with engine.begin() as connection:
        connection.execute(delete(FolderMark).where(FolderMark.folder == "DERIVED_ROOT"))
    again = ensure(engine, storage)
    assert {name for name in again if again[name] != marks[name]} == {"DERIVED_ROOT"}
    assert folder_marks.unmarked(storage, again) == []


def test_a_folder_with_the_mark_of_another_site_is_noticed(engine: Engine, storage: Storage) -> None:
    marks = ensure(engine, storage)
    storage.media.put(folder_marks.NAME, BytesIO(b"0" * 32))
    assert folder_marks.unmarked(storage, marks) == ["MEDIA_ROOT"]


def test_before_anybody_has_marked_them_nothing_is_wrong(engine: Engine, storage: Storage) -> None:
    with Session(engine) as session:
        assert folder_marks.unmarked(storage, folder_marks.known(session)) == []


def test_moved_folders_are_marked_again(engine: Engine, storage: Storage, elsewhere: Storage) -> None:
    marks = ensure(engine, storage)
    with Session(engine) as session:
        folder_marks.rewrite(session, elsewhere)
        session.commit()
    assert folder_marks.unmarked(elsewhere, marks) == []
    assert sorted(path.name for path in on_disk(elsewhere).iterdir()) == [folder_marks.NAME]


def test_a_folder_that_cannot_be_written_to_leaves_no_mark_in_the_database(
    engine: Engine, storage: Storage, elsewhere: Storage
) -> None:
    gone = replace(elsewhere, media=LocalStore(on_disk(elsewhere, "gone")))
    with pytest.raises(FileNotFoundError), Session(engine) as session:
        folder_marks.ensure(session, gone)
    assert set(ensure(engine, storage)) == set(folder_marks.FOLDERS)
    with Session(engine) as session:
        assert folder_marks.unmarked(storage, folder_marks.known(session)) == []
