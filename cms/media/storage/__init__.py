"""Files on disk: the staging folder, where uploads wait, and the media folder, where finished files lie for good."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import structlog

log = structlog.get_logger(__name__)

#: A stored name's stem in bytes; with digest and extension it stays far below the 255 that file systems allow.
STEM_BYTES = 120

# Letters, marks and digits of any alphabet stay; so do these.
_KEPT = "-_"
# A name of our own making ends in its digest, or in the digest's start.
_DIGEST = re.compile(r"-([0-9a-f]{64}|[0-9a-f]{12})\.[^.]+$")
# A staged file, and the WebVTT that is made of one.
_STAGED = re.compile(r"[0-9a-f]{32}(\.vtt)?")
# What a file is called for the moment before it has its name; after an hour it is what a dead worker left.
_TEMP = re.compile(r"\.[0-9a-f]{16}")
_TEMP_SECONDS = 3600
# Between two signs of life while the system writes; a lease may be as short as a second.
_BEAT_SECONDS = 0.5
_CANNOT_LINK = (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)


def safe_stem(filename: str, fallback: str) -> str:
    """The part of a client's file name that is kept in the stored one.

    Letters and digits of any alphabet survive; path separators, control characters and punctuation become
    underscores; the rest is cut at :data:`STEM_BYTES` bytes of UTF-8.
    """
    name = unicodedata.normalize("NFC", filename.replace("\\", "/").rsplit("/", 1)[-1])
    stem = name.rsplit(".", 1)[0] if "." in name.strip(".") else name
    stem = "".join(c if c in _KEPT or unicodedata.category(c)[0] in "LMN" else "_" for c in stem)
    stem = re.sub(r"_{2,}", "_", stem).strip("_-")
    stem = stem.encode()[:STEM_BYTES].decode(errors="ignore").rstrip("_-")
    return stem or fallback


def media_path(filename: str, kind: str, day: datetime, digest_start: str, extension: str) -> str:
    """``YYYY/MM/DD/<kind>/<safe-name>-<digest start>.<ext>``, relative to the media folder."""
    return f"{day:%Y/%m/%d}/{kind}/{safe_stem(filename, kind)}-{digest_start}.{extension}"


def digest_in(path: str) -> str | None:
    """The digest, or its start, that a media file's name carries; ``None`` if the name is not of our making."""
    found = _DIGEST.search(path)
    return found[1] if found else None


class TooLarge(Exception):
    """More bytes arrived than one file may have."""


class StagedFile:
    """A file in the staging folder while the client still sends it; at most ``limit`` bytes.

    ``pause`` is called before each part is written.
    """

    def __init__(self, path: Path, limit: int, pause: Callable[[], None]) -> None:
        self.path = path
        self.size = 0
        self._limit = limit
        self._pause = pause
        self._kept = False
        self._file: BinaryIO = path.open("w+b")

    def write(self, data: bytes) -> int:
        """Take the next bytes.

        Raises:
            TooLarge: there are more than the limit.
            OSError: they cannot be written.
        """
        self.size += len(data)
        if self.size > self._limit:
            raise TooLarge
        self._pause()
        return self._file.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._file)

    def keep(self) -> None:
        """An upload row names it now: :meth:`discard` leaves it alone."""
        self._kept = True
        self._file.close()

    def discard(self) -> None:
        """Close it and remove what was written, unless it is kept."""
        with suppress(OSError):
            self._file.close()
        if not self._kept:
            self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class FoundFile:
    """A file in the media folder: its relative path, its size in bytes, the seconds since it was put there."""

    path: str
    size: int
    age: float


@dataclass(frozen=True)
class Storage:
    """The two folders. Best on one file system, so that a file takes its place by a link, at once and whole."""

    media_root: Path
    staging_root: Path

    def receive(self, limit: int, pause: Callable[[], None] = lambda: None) -> StagedFile:
        """A new staged file under a random name, to be written to."""
        return StagedFile(self.staging_root / secrets.token_hex(16), limit, pause)

    def staged(self, name: str) -> Path:
        """Where the staged file of that name lies."""
        return self.staging_root / name

    def media(self, path: str) -> Path:
        """Where the media file with that relative path lies."""
        return self.media_root / path

    def staged_names(self, older_than: float = 0) -> list[str]:
        """The names of all staged files, and no others, that were last written more than ``older_than`` seconds ago."""
        before = time.time() - older_than
        names = []
        for entry in os.scandir(self.staging_root):
            with suppress(FileNotFoundError):  # another run was faster
                if _STAGED.fullmatch(entry.name) and entry.is_file() and entry.stat().st_mtime <= before:
                    names.append(entry.name)
        return names

    def discard(self, name: str) -> None:
        """Remove a staged file, if it is there, and what was made of it."""
        staged = self.staged(name)
        for path in (staged, staged.with_suffix(".vtt"), self._temp(staged)):
            path.unlink(missing_ok=True)

    def sidecar(self, staged: Path, suffix: str, data: bytes) -> Path:
        """Keep what was made of a staged file under its name and ``suffix``, whole or not at all; where it lies.

        Raises:
            OSError: there is no room, or no permission.
        """
        temp = self.staged(secrets.token_hex(16))
        try:
            temp.write_bytes(data)
            # Renamed, because a slower worker may be placing what it has made of the same upload.
            return temp.replace(staged.with_suffix(suffix))
        finally:
            temp.unlink(missing_ok=True)

    def _temp(self, staged: Path) -> Path:
        """Where :meth:`prepared` has a staged file: the same for each attempt, so that none leaves one behind."""
        return self.media_root / f".{staged.name[:16]}"

    @contextmanager
    def prepared(self, staged: Path, heartbeat: Callable[[], None]) -> Iterator[Path]:
        """What of :meth:`store` takes long, done ahead: the bytes are durable, and in the media folder's file system.

        The block is handed the path under which they lie there, for :meth:`store`; at its end that name is gone.

        Args:
            staged: the file, which stays where it is.
            heartbeat: called every half second meanwhile, for the sign of life that a long run owes.

        Raises:
            OSError: there is no room, or no permission.
        """
        temp = self._temp(staged)
        temp.unlink(missing_ok=True)  # of a worker that died
        try:
            with ThreadPoolExecutor(1) as pool:
                writing = pool.submit(_write, staged, temp)
                while not wait([writing], _BEAT_SECONDS).done:
                    heartbeat()
            writing.result()
            yield temp
        finally:
            temp.unlink(missing_ok=True)

    def store(self, staged: Path, path: str) -> None:
        """Give staged bytes their place in the media folder, durably.

        What lies there already is the remains of a run that died before its commit, and is replaced. What was
        :meth:`prepared` has only to be renamed; the name in the staging folder stays valid in any case.

        Raises:
            OSError: there is no room, or no permission.
        """
        target = self.media(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and target.samefile(staged):
            return
        if staged.parent == self.media_root:
            staged.replace(target)
        else:
            temp = target.with_name(f".{secrets.token_hex(8)}")
            try:
                _write(staged, temp)
                temp.replace(target)
            finally:
                temp.unlink(missing_ok=True)
        for folder in (target.parent, *list(target.parent.parents)[:4]):
            _sync_folder(folder)

    def remove(self, path: str) -> None:
        """Remove a media file, if it is there."""
        self.media(path).unlink(missing_ok=True)

    def found_files(self) -> Iterator[FoundFile]:
        """Every file in the media folder, and what dead workers left there; other dot names are not ours.

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

    def _found_in(self, folder: str, folders: list[str]) -> Iterator[FoundFile]:
        for entry in os.scandir(self.media_root / folder):
            path = f"{folder}/{entry.name}" if folder else entry.name
            with suppress(FileNotFoundError):  # removed meanwhile
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith("."):
                        folders.append(path)
                elif entry.is_file(follow_symlinks=False):
                    stat = entry.stat(follow_symlinks=False)
                    age = max(0.0, time.time() - stat.st_ctime)
                    temp = _TEMP.fullmatch(entry.name) and age > _TEMP_SECONDS
                    if temp or not entry.name.startswith("."):
                        yield FoundFile(path, stat.st_size, age)


def _write(source: Path, target: Path) -> None:
    """Give bytes another name, readable for a web server in front, and make them durable."""
    _link_or_copy(source, target)
    target.chmod(0o644)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        # Another file system, or one without links. If it is there, another worker has made it, and is still at it.
        target.touch(exist_ok=False)
        shutil.copyfile(source, target)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
