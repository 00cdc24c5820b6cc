"""A backup in one folder, from which the site can be restored on either database.

::

    backup.json        format, time and migration; written last: without it the backup is unfinished
    database/          one file per table, see cms/backups/dumps.py
    media/ab/<digest>  media files, each kept once; an existing file is not copied again
    staging/<name>     files of unfinished uploads

An interrupted run continues when it is started again. A run into an older backup brings it up to date.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from io import FileIO
from pathlib import Path

import orjson
from blake3 import blake3
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from cms.backups import dumps
from cms.database import now
from cms.media.digest import PART
from cms.media.models import MediaFile, Upload, UploadStatus
from cms.media.storage import Storage
from cms.media.storage.store import Readable
from cms.pages.models import ContentItem, Page

#: The version of the layout above.
FORMAT = 1

#: Called with the number of rows or bytes that were just processed.
Progress = Callable[[int], None]


class NotUsable(Exception):
    """The folder cannot be restored here; the message says why."""


@dataclass(frozen=True)
class Backup:
    """The contents of ``backup.json``: format, time, migration, and the last id of each table."""

    format: int
    made_at: str
    migration: str
    last_ids: dict[str, int]


@dataclass(frozen=True)
class Files:
    """The files that a backup's tables name: media files (digest, path, size), and the names of staged files."""

    media: list[tuple[str, str, int]]
    staged: list[str]

    @property
    def size(self) -> int:
        """The bytes of the media files."""
        return sum(size for _, _, size in self.media)


def read(folder: Path) -> Backup:
    """Read the ``backup.json`` of a backup.

    Raises:
        NotUsable: the folder is no backup, or it is unfinished, or of another format.
    """
    try:
        found = Backup(**orjson.loads((folder / "backup.json").read_bytes()))
    except FileNotFoundError as error:
        raise NotUsable(f"{folder} has no backup.json: it is no backup, or one that was not finished.") from error
    except (OSError, ValueError, TypeError) as error:
        raise NotUsable(f"{folder / 'backup.json'} cannot be read: {error}") from error
    if found.format != FORMAT:
        raise NotUsable(f"{folder} has format {found.format}; this release reads {FORMAT}.")
    return found


def write_tables(connection: Connection, folder: Path, migration: str, after: Progress) -> None:
    """Write the tables. The transaction of ``connection`` sees one snapshot. :func:`finish` completes the backup.

    Raises:
        OSError: there is no space, or no permission.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "backup.json").unlink(missing_ok=True)
    temp = folder / "database.part"
    shutil.rmtree(temp, ignore_errors=True)
    temp.mkdir()
    about = Backup(FORMAT, now().isoformat(), migration, dumps.dump(connection, temp, after))
    shutil.rmtree(folder / "database", ignore_errors=True)
    temp.rename(folder / "database")
    (folder / "backup.part").write_bytes(orjson.dumps(asdict(about), option=orjson.OPT_INDENT_2))


def finish(folder: Path) -> None:
    """Mark the backup as complete."""
    (folder / "backup.part").replace(folder / "backup.json")


def files_of(folder: Path) -> Files:
    """The files that the tables of a backup name.

    Raises:
        OSError, ValueError: the backup cannot be read.
    """
    unfinished = (UploadStatus.PENDING, UploadStatus.PROCESSING)
    uploads = dumps.rows(folder / "database", Upload.__tablename__)
    needed = [row for row in uploads if row["can_retry"] or row["status"] in unfinished]
    return Files(
        [(row["digest"], row["path"], row["size"]) for row in dumps.rows(folder / "database", MediaFile.__tablename__)],
        [row["staged_name"] for row in needed if row["staged_name"]],
    )


def save_files(files: Files, storage: Storage, folder: Path, after: Progress) -> Iterator[str]:
    """Copy the files that the backup lacks, and remove those that it no longer needs.

    Yields:
        the path of each media file that is missing or damaged, and so not in the backup.

    Raises:
        OSError: there is no space, or no permission.
    """
    for digest, path, size in files.media:
        target = _in_backup(folder, digest)
        if target.exists() and target.stat().st_size == size:
            after(size)
        elif not _copy(partial(storage.media.open, path), partial(_write, target), digest, after):
            yield path
    kept = {digest for digest, _, _ in files.media}
    for copied in (folder / "media").glob("*/*"):
        if copied.name not in kept:
            copied.unlink()
    shutil.rmtree(folder / "staging", ignore_errors=True)
    for name in files.staged:
        _copy(partial(FileIO, storage.staging.path(name)), partial(_write, folder / "staging" / name))


def restore_files(files: Files, storage: Storage, folder: Path, after: Progress) -> Iterator[str]:
    """Restore the files that a backup's tables name. Existing files are left as they are.

    Yields:
        the path of each media file that is missing or damaged in the backup.

    Raises:
        OSError: there is no space, or no permission.
    """
    for digest, path, size in files.media:
        there = storage.media.stat(path)
        if there and there.size == size:
            after(size)
        elif not _copy(partial(FileIO, _in_backup(folder, digest)), partial(storage.media.put, path), digest, after):
            yield path
    for name in files.staged:
        _copy(partial(FileIO, folder / "staging" / name), partial(_write, storage.staging.path(name)))


def what_is_there(session: Session) -> list[str]:
    """What a restore would overwrite, in words. Accounts do not count."""
    counts = {
        "pages": session.scalar(select(func.count()).select_from(Page)),
        "items": session.scalar(select(func.count()).select_from(ContentItem)),
        "media files": session.scalar(select(func.count()).select_from(MediaFile)),
        "uploads": session.scalar(select(func.count()).select_from(Upload)),
    }
    return [f"{count} {name}" for name, count in counts.items() if count]


def _in_backup(folder: Path, digest: str) -> Path:
    return folder / "media" / digest[:2] / digest


class _Damaged(Exception):
    """Bytes are not those of their digest."""


class _Checked:
    """A file's bytes as they are copied: counted, and at their end compared with the digest, if there is one."""

    def __init__(self, file: Readable, digest: str | None, after: Progress) -> None:
        self._file, self._digest, self._after = file, digest, after
        self._hasher = blake3()

    def read(self, size: int = -1, /) -> bytes:
        part = self._file.read(size)
        self._hasher.update(part)
        self._after(len(part))
        if not part and self._digest and self._hasher.hexdigest() != self._digest:
            raise _Damaged
        return part


def _copy(
    opened: Callable[[], Readable],
    write: Callable[[_Checked], None],
    digest: str | None = None,
    after: Progress = lambda _bytes: None,
) -> bool:
    """Copy a file, whole or not at all; false if it cannot be opened, or its bytes are not those of the digest."""
    try:
        reading = opened()
    except OSError:
        return False
    with reading:
        try:
            write(_Checked(reading, digest, after))
        except _Damaged:
            return False
    return True


def _write(target: Path, data: _Checked) -> None:
    """Write a file of the backup, or of the staging folder, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temp = target.with_name(f".{target.name[:16]}.part")
    try:
        with temp.open("wb") as writing:
            shutil.copyfileobj(data, writing, PART)
        temp.chmod(0o644)
        temp.replace(target)
    finally:
        temp.unlink(missing_ok=True)
