"""The media store on the local disk: one folder, which several machines may share."""

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

# A temporary name, used until a file gets its own. (Earlier releases used half as many digits.)
_TEMP = re.compile(r"\.([0-9a-f]{16}){1,2}")
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


class LocalStore:
    """A :class:`~cms.media.storage.store.MediaStore`. Files are published by an atomic rename."""

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
        self.discard_prepared(file.name)  # left by a dead worker
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
        except ValueError:  # the path contains a NUL
            return None
        if not stat.S_ISREG(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, "something else than a file lies there", path)
        return FileStat(found.st_size, found.st_mtime, (found.st_dev, found.st_ino, found.st_mtime_ns))

    def delete(self, path: str) -> None:
        (self._root / path).unlink(missing_ok=True)

    def iterate(self) -> Iterator[FoundFile]:
        """Every file in the folder, and what dead workers left there. Other dot files are not ours.

        A folder that cannot be read (a volume's ``lost+found``) is logged and skipped. A file's age is that of its
        name here (``st_ctime``), because bytes may be older than their upload.
        """
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                yield from self._found_in(folder, folders)
            except FileNotFoundError:
                pass  # removed in the meantime
            except OSError as error:
                log.warning("media_folder_not_read", path=folder, error=str(error))

    def url(self, path: str) -> str | None:
        """None: files are served by the site, or by a web server at the site's address that reads the folder."""
        return None

    @contextmanager
    def local_path(self, path: str) -> Iterator[Path]:
        """The file itself, not a copy."""
        if self.stat(path) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        yield self._root / path

    @contextmanager
    def _aside(self, path: str) -> Iterator[Path]:
        """A temporary file to write to. It is published at the end of the block."""
        durable.make_folders(self._root, path)
        temp = (self._root / path).with_name(f".{secrets.token_hex(16)}")
        try:
            yield temp
            self._publish(temp, path)
        finally:
            _remove(temp)

    def _publish(self, temp: Path, path: str) -> None:
        """Rename a durable file to its final path, and make the name durable."""
        durable.make_folders(self._root, path)
        # If both names already belong to one file, as after an earlier attempt, this changes nothing.
        temp.replace(self._root / path)
        durable.sync_folders(self._root, path)

    def _found_in(self, folder: str, folders: list[str]) -> Iterator[FoundFile]:
        for entry in os.scandir(self._root / folder):
            path = f"{folder}/{entry.name}" if folder else entry.name
            with suppress(FileNotFoundError):  # removed in the meantime
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
    """The prefix that all attempts at a staged file, or at the subtitles made from it, share in their names."""
    return f".{name[:16]}"


def _remove(temp: Path) -> None:
    """Remove a temporary name that may be gone already. If that fails, :meth:`LocalStore.iterate` finds it later."""
    try:
        temp.unlink(missing_ok=True)
    except OSError as error:
        log.warning("media_not_erased", path=temp.name, error=str(error))
