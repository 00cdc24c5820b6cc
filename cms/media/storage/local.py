"""The media store on the local disk: one folder, which machines may share."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from cms.media.storage import durable
from cms.media.storage.store import LEFT_SECONDS, FileStat, FoundFile, Publish, Readable, with_heartbeat
from cms.sections import open_section

if TYPE_CHECKING:
    from _typeshed import SupportsRead

log = structlog.get_logger(__name__)

# What a file is called for the moment before it has its name. (Earlier releases used the half of it.)
_TEMP = re.compile(r"\.([0-9a-f]{16}){1,2}")
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


class LocalStore:
    """A :class:`~cms.media.storage.store.MediaStore`. A file takes its place by a rename, at once and whole."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, path: str, data: SupportsRead[bytes]) -> None:
        with self._aside(path) as temp:
            durable.write(data, temp)

    def put_file(self, path: str, file: Path) -> None:
        with self._aside(path) as temp:
            durable.link_or_copy(file, temp)

    @contextmanager
    def prepared(self, file: Path, heartbeat: Callable[[], None]) -> Iterator[Publish]:
        self.discard_prepared(file.name)  # of a worker that died
        temp = self._root / f"{_prepared(file.name)}{secrets.token_hex(8)}"
        try:
            with_heartbeat(partial(durable.link_or_copy, file, temp), heartbeat)
            yield partial(self._publish, temp)
        finally:
            _remove(temp)

    def discard_prepared(self, name: str) -> None:
        for left in self._root.glob(f"{_prepared(name)}*"):
            left.unlink(missing_ok=True)

    def open(self, path: str, start: int = 0, end: int | None = None) -> Readable:
        return open_section(self._root / path, start, end)

    def stat(self, path: str) -> FileStat | None:
        try:
            found = (self._root / path).stat()
        except OSError as error:
            if error.errno in _NOT_THERE:
                return None
            raise
        except ValueError:  # the path has a NUL
            return None
        if not stat.S_ISREG(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, "something else than a file lies there", path)
        return FileStat(found.st_size, found.st_mtime, (found.st_dev, found.st_ino, found.st_mtime_ns))

    def delete(self, path: str) -> None:
        (self._root / path).unlink(missing_ok=True)

    def iterate(self) -> Iterator[FoundFile]:
        """Every file in the folder, and what dead workers left there; other dot names are not ours.

        A folder that cannot be read (a volume's ``lost+found``) is told in the log, and passed over. A file's age is
        that of its name here (``st_ctime``): bytes may be older than their upload.
        """
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                yield from self._found_in(folder, folders)
            except FileNotFoundError:
                pass  # removed meanwhile
            except OSError as error:
                log.warning("media_folder_not_read", path=folder, error=str(error))

    def url(self, path: str) -> str | None:
        """None: the site hands out what is here, or a web server that has the site's address and reads the folder."""
        return None

    @contextmanager
    def local_path(self, path: str) -> Iterator[Path]:
        """The file itself, not a copy."""
        if self.stat(path) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        yield self._root / path

    @contextmanager
    def _aside(self, path: str) -> Iterator[Path]:
        """Where to write what is published at the block's end."""
        durable.make_folders(self._root, path)
        temp = (self._root / path).with_name(f".{secrets.token_hex(16)}")
        try:
            yield temp
            self._publish(temp, path)
        finally:
            _remove(temp)

    def _publish(self, temp: Path, path: str) -> None:
        """Give durable bytes their name, durably."""
        durable.make_folders(self._root, path)
        # Of two names for one file, as after an earlier attempt, this changes neither.
        temp.replace(self._root / path)
        durable.sync_folders(self._root, path)

    def _found_in(self, folder: str, folders: list[str]) -> Iterator[FoundFile]:
        for entry in os.scandir(self._root / folder):
            path = f"{folder}/{entry.name}" if folder else entry.name
            with suppress(FileNotFoundError):  # removed meanwhile
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith("."):
                        folders.append(path)
                elif entry.is_file(follow_symlinks=False):
                    found = entry.stat(follow_symlinks=False)
                    age = max(0.0, time.time() - found.st_ctime)
                    is_left = _TEMP.fullmatch(entry.name) and age > LEFT_SECONDS
                    if is_left or not entry.name.startswith("."):
                        yield FoundFile(path, found.st_size, age)


def _prepared(name: str) -> str:
    """How the names of all attempts begin that have prepared a staged file, or the subtitles that were made of it."""
    return f".{name[:16]}"


def _remove(temp: Path) -> None:
    """Remove what has its name by now or is not wanted. If that fails, :meth:`LocalStore.iterate` finds it later."""
    try:
        temp.unlink(missing_ok=True)
    except OSError as error:
        log.warning("media_not_erased", path=temp.name, error=str(error))
