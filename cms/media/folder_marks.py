"""Checks that all processes see the same folders. Each folder has a mark, which the database knows.

Two machines that do not share a folder would otherwise both look healthy. Uploads would wait forever in the folder of
one; half of the media files, or of their posters, would be missing on the other.
"""

from __future__ import annotations

import errno
import secrets
from contextlib import suppress
from io import BytesIO

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cms.media.models import FolderMark
from cms.media.storage import Storage
from cms.media.storage.store import MediaStore

#: The file with the mark. Its name begins with a dot: it is never served, verified or collected.
NAME = ".mediafold"
#: The folders, by the settings that name them. An object store has a mark, too, under the name of its folder.
MEDIA, STAGING, DERIVED = FOLDERS = ("MEDIA_ROOT", "STAGING_ROOT", "DERIVED_ROOT")


def known(session: Session) -> dict[str, str]:
    """The marks that the database knows, by folder; empty before they are marked."""
    return {mark.folder: mark.mark for mark in session.scalars(select(FolderMark))}


def ensure(session: Session, storage: Storage) -> dict[str, str]:
    """Mark the folders that were never marked, and return all marks. The caller commits.

    Only the process that adds the rows writes the files, so a folder that is not shared stays without a mark.

    Raises:
        OSError: a folder cannot be written to.
    """
    marks = known(session)
    for folder in FOLDERS:
        if folder in marks:
            continue
        mark = secrets.token_hex(16)
        with suppress(IntegrityError), session.begin_nested():
            session.execute(insert(FolderMark).values(folder=folder, mark=mark))
            _write(storage, folder, mark)
    return known(session)


def rewrite(session: Session, storage: Storage) -> None:
    """Write the marks again, after folders were moved or restored without their dot files.

    Raises:
        OSError: a folder cannot be written to.
    """
    marks = ensure(session, storage)
    for folder in FOLDERS:
        _write(storage, folder, marks[folder])


def unmarked(storage: Storage, marks: dict[str, str]) -> list[str]:
    """The names of the folders that this process sees without their mark, like ``MEDIA_ROOT``."""
    return [folder for folder in FOLDERS if folder in marks and _read(storage, folder) != marks[folder]]


def check(session: Session, store: MediaStore, folder: str = MEDIA) -> None:
    """Check that a store that lacks a file is the one marked as ``folder``, if it was ever marked.

    Raises:
        OSError: its mark is missing, as when a disk is not mounted. Its files cannot be judged.
    """
    mark = known(session).get(folder)
    if mark and _mark_of(store) != mark:
        raise OSError(errno.ENODEV, "the store lacks its mark: it is not mounted, or another one")


def _write(storage: Storage, folder: str, mark: str) -> None:
    """Write the mark into a folder atomically."""
    if folder == STAGING:
        storage.staging.write(NAME, mark.encode("ascii"))
    else:
        _store(storage, folder).put(NAME, BytesIO(mark.encode("ascii")))


def _read(storage: Storage, folder: str) -> str | None:
    try:
        if folder == STAGING:
            return storage.staging.path(NAME).read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    return _mark_of(_store(storage, folder))


def _mark_of(store: MediaStore) -> str | None:
    try:
        with store.open(NAME) as file:
            return file.read().decode("ascii")
    except (OSError, ValueError):
        return None


def _store(storage: Storage, folder: str) -> MediaStore:
    return storage.media if folder == MEDIA else storage.derived
