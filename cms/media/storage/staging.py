"""The staging folder, where uploads wait: always a local folder, or one that machines share."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

#: The suffixes of what is made from a staged file: subtitles as WebVTT, and a picture without private metadata.
CONVERTED, CLEANED = MADE = (".vtt", ".clean")
_STAGED = re.compile(r"[0-9a-f]{32}(\.vtt|\.clean)?")


class TooLarge(Exception):
    """The file is larger than allowed."""


class StagedFile:
    """A file in the staging folder that the client is still sending, of at most ``limit`` bytes.

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
        """Write the next bytes.

        Raises:
            TooLarge: there are more than the limit.
            OSError: they cannot be written.
        """
        self.size += len(data)
        if self.size > self._limit:
            raise TooLarge
        self._pause()
        return self._file.write(data)

    def sync(self) -> None:
        """Make durable what was written."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._file)

    def keep(self) -> None:
        """Keep the file, because an upload row names it now: :meth:`discard` will not remove it."""
        self._kept = True
        self._file.close()

    def discard(self) -> None:
        """Close the file, and remove it unless it is kept."""
        with suppress(OSError):
            self._file.close()
        if not self._kept:
            self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Staging:
    """The folder. It is best on the same file system as a local media store, so that files can be linked."""

    root: Path

    def receive(self, limit: int, pause: Callable[[], None] = lambda: None) -> StagedFile:
        """A new staged file under a random name, to be written to."""
        return StagedFile(self.root / secrets.token_hex(16), limit, pause)

    def path(self, name: str) -> Path:
        """The path of the staged file of that name."""
        return self.root / name

    def names(self, older_than: float = 0) -> list[str]:
        """The names of all staged files, and only those, last written more than ``older_than`` seconds ago."""
        before = time.time() - older_than
        names = []
        for entry in os.scandir(self.root):
            with suppress(FileNotFoundError):  # another run has removed it
                if _STAGED.fullmatch(entry.name) and entry.is_file() and entry.stat().st_mtime <= before:
                    names.append(entry.name)
        return names

    def discard(self, name: str) -> None:
        """Remove a staged file, if it exists, and what was made from it."""
        for suffix in ("", *MADE):
            self.path(name).with_suffix(suffix).unlink(missing_ok=True)

    def write(self, name: str, data: bytes) -> Path:
        """Write a small file atomically, and return its path.

        Raises:
            OSError: there is no room, or no permission.
        """
        temp = self.path(secrets.token_hex(16))
        try:
            temp.write_bytes(data)
            # Renamed, because a slower worker may be writing its result for the same upload.
            return temp.replace(self.path(name))
        finally:
            temp.unlink(missing_ok=True)
