"""The files of a folder on this machine, read without following a link out of it.

Whoever can write to the folder may put a link in the place of a file, or of a folder, while it is read. So each folder
is open while its files are read, and each file is opened from there, by its name and as what it is.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from blake3 import blake3

from cms.media import mediatypes, subtitles
from cms.media.digest import read_digest
from cms.media.storage.staging import StagedFile, Staging, TooLarge
from cms.messages import N_, InvalidInput

#: How many bytes are copied at once.
PART = 2**20
_NUMBER = re.compile("([0-9]+)")
_AS_IT_IS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Found:
    """A file in the folder: its path, its size, and the open folder in which it lies, while its turn lasts."""

    path: Path
    size: int
    directory: int

    @property
    def name(self) -> str:
        """Its name. What is no UTF-8 in it is replaced."""
        return _text(self.path.name)

    @property
    def folder(self) -> str:
        """The name of its folder."""
        return _text(self.path.parent.name)

    @property
    def is_subtitles(self) -> bool:
        """Whether its name says that these are subtitles."""
        return mediatypes.is_named_subtitles(self.path.name)

    def open(self) -> BinaryIO:
        """The bytes.

        Raises:
            OSError: it cannot be read, or a link is in its place.
        """
        file = os.fdopen(os.open(self.path.name, _AS_IT_IS, dir_fd=self.directory), "rb")
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise InvalidInput(N_("Something else was put in the place of this file."))
        return file

    def digest(self) -> str:
        """The digest under which it is stored: of subtitles, that of the WebVTT that is made of them.

        Raises:
            InvalidInput: it is empty, or these are no subtitles.
            OSError: it cannot be read.
        """
        if not self.size:
            raise InvalidInput(N_("The file is empty."))
        with self.open() as file:
            if not self.is_subtitles:
                return read_digest(file, lambda _count: None)  # type: ignore[arg-type]
            return subtitles_digest(file)

    def staged(self, staging: Staging, limit: int) -> StagedFile:
        """A copy in the staging folder, made in parts.

        Raises:
            InvalidInput: it is larger than uploads may be.
            OSError: it cannot be read, or there is no room.
        """
        copy = staging.receive(limit)
        try:
            with self.open() as source:
                while part := source.read(PART):
                    copy.write(part)
            copy.sync()
        except TooLarge:
            copy.discard()
            too_large = N_("The file is too large: at most %(limit)g MB is allowed.")
            raise InvalidInput(too_large, limit=limit / 2**20) from None
        except BaseException:
            copy.discard()
            raise
        return copy


def subtitles_digest(file: BinaryIO) -> str:
    """The digest under which subtitles are stored.

    Raises:
        InvalidInput: these are no subtitles.
    """
    data = file.read(subtitles.LIMIT + 1)
    subtitles.check_size(len(data))
    return blake3(subtitles.convert(data).webvtt).hexdigest()


def natural(name: str) -> tuple[tuple[int, str, str], ...]:
    """What names are sorted by so that 2 comes before 10, however long the numbers are."""
    parts = _NUMBER.split(name)  # every second one is a number
    numbers = [part.lstrip("0") if place % 2 else "" for place, part in enumerate(parts)]
    return tuple((len(number), number, part) for number, part in zip(numbers, parts, strict=True))


def in_order(names: Iterable[str]) -> list[str]:
    """The names of files in a folder, without hidden ones: subtitles come after what they may belong to."""
    seen = (name for name in names if not name.startswith("."))
    return sorted(seen, key=lambda name: (mediatypes.is_named_subtitles(name), natural(name)))


def files(root: Path, unreadable: Callable[[OSError], object]) -> Iterator[Found]:
    """The files in a folder and in those below it, by name.

    Hidden ones and links are left out. A folder that cannot be read is told to ``unreadable`` and passed over.
    """
    for folder, below, names, directory in os.fwalk(root, onerror=unreadable):
        below[:] = sorted((name for name in below if not name.startswith(".")), key=natural)
        for name in in_order(names):
            found = _stat(name, directory)
            if found is not None and stat.S_ISREG(found.st_mode):
                yield Found(Path(folder, name), found.st_size, directory)


def _stat(name: str, directory: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:  # somebody has removed it meanwhile
        return None


def _text(name: str) -> str:
    return os.fsencode(name).decode(errors="replace")
