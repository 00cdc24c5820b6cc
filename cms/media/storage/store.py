"""The protocol of media stores, which hold finished files: a local folder, or an object store.

A file is known by its path, like ``2026/03/04/video/film-0123456789ab.mp4``, which is also its key in an object store.
A path in which any name begins with a dot is no media file. ``iterate`` gives only those that dead workers left.

Nothing here requires renames, links, folders or conditional writes, which object stores lack or may ignore. Callers
prevent races instead: whoever stores or removes a file holds the lock of its path (:mod:`cms.media.locks`).
tests/media/storage/contract.py tests this protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed import SupportsRead, WriteableBuffer

#: The age in seconds after which something counts as left by a dead worker.
LEFT_SECONDS = 3600
# The time between two heartbeats; a lease may be as short as a second.
_BEAT_SECONDS = 0.5

#: Publishes prepared bytes under a path, where they are found from then on.
Publish = Callable[[str], None]


class Readable(AbstractContextManager["Readable"], Protocol):
    """Bytes that are read once, from first to last. Whoever opened it closes it.

    ``read`` and ``readinto`` may give fewer bytes than were asked for, and none only at the end. If there is a
    ``fileno``, its file is positioned at the first byte, so that the kernel may send it.
    """

    def read(self, size: int = -1, /) -> bytes: ...
    def readinto(self, buffer: WriteableBuffer, /) -> int: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class FileStat:
    """What is known about a stored file without reading it. Two are equal only if they describe the same bytes.

    Args:
        size: in bytes.
        modified: when the bytes were written, in seconds since the epoch.
        version: distinguishes these bytes from earlier or later ones at the same path.
    """

    size: int
    modified: float
    version: Hashable


@dataclass(frozen=True)
class FoundFile:
    """A file in the media store: its path, its size in bytes, and the seconds since it was stored."""

    path: str
    size: int
    age: float


class MediaStore(Protocol):
    """A store of finished files.

    Each method that reads or writes, and each :class:`Readable`, raises ``OSError`` if the store fails for now, for
    example because it cannot be reached: the caller tries again. So a store turns the exceptions of its client library
    into ``OSError``. Any other exception is a bug, and fails an upload for good. Two numbers have a meaning:
    ``errno.ENOSPC`` is a full store; ``errno.EIO``, when a file is opened or read, means that the store has lost its
    bytes.

    A call that has raised takes no effect later: after a timeout, the store asks again until it knows the outcome.

    ``create_app`` makes a store once, and no connection is opened then. Threads share the store, and may take turns
    reading one :class:`Readable`. :func:`with_heartbeat` works in its own thread. Processes fork both before and after
    the first use, so a child opens its own connections.
    """

    def put(self, path: str, data: SupportsRead[bytes]) -> None:
        """Store what is read from ``data`` atomically. It is durable when this returns.

        It replaces an existing file, which can be read until then. If ``data`` raises, the exception is passed on and
        nothing has changed.
        """

    def put_file(self, path: str, file: Path) -> None:
        """:meth:`put` for a local file, which may be linked. It stays where it is, and is not written to."""

    def prepared(self, file: Path, heartbeat: Callable[[], None]) -> AbstractContextManager[Publish]:
        """Do the slow part of :meth:`put_file` ahead, so that no lock is held during it.

        In the block, the bytes are durable but cannot be found. The block gets a function that publishes them, to be
        called once. It is quick, whatever their size, and has the effect of :meth:`put_file`. At the end of the block,
        what was prepared is removed. If that fails, it is only logged, because the upload is over by then;
        :meth:`iterate` finds the rest later.

        An attempt replaces an earlier one at the same file, whose worker is dead or slow. So dead workers leave at
        most one prepared copy of a file. A slow worker publishes all of the bytes or raises ``OSError``, and takes
        nothing from the later attempt.

        Args:
            file: a local file, which stays where it is.
            heartbeat: called every half second during the work, to extend the caller's lease.
        """

    def discard_prepared(self, name: str) -> None:
        """Remove what a dead worker has prepared from a staged file or from what was made of it, if anything."""

    def open(self, path: str, start: int = 0, end: int | None = None) -> Readable:
        """The bytes of a file from ``start`` to before ``end``, or to its last one. The range lies within the file.

        If the file is removed or replaced in the meantime, the old bytes can be read to their end, or reading raises
        ``OSError``. It never continues with other bytes.

        Raises:
            FileNotFoundError: there is none.
        """

    def stat(self, path: str) -> FileStat | None:
        """What is known about the file at a path, which may be any text; ``None`` if there is no file.

        Raises:
            IsADirectoryError: the path is something other than a file.
        """

    def delete(self, path: str) -> None:
        """Remove a file, if it exists."""

    def iterate(self) -> Iterator[FoundFile]:
        """Every file, in any order. Files that come or go in the meantime may be missing.

        After :data:`LEFT_SECONDS`, this also gives what dead workers have left, under a path that :meth:`stat` and
        :meth:`delete` take.
        """

    def url(self, path: str) -> str | None:
        """An address at which the store itself serves a file to visitors, perhaps only for a while.

        ``None`` if it has none: then the site serves what it reads from :meth:`open`.
        """

    def local_path(self, path: str) -> AbstractContextManager[Path]:
        """A local file with the same bytes, to be read in the block by programs that need one.

        It has the extension of the path. A copy is made on a disk, such as that of the staging folder, because
        ``/tmp`` may be in memory.

        Raises:
            FileNotFoundError: there is none.
        """


def with_heartbeat(work: Callable[[], None], heartbeat: Callable[[], None]) -> None:
    """Do work that waits for a disk or a network, calling ``heartbeat`` every half second until it is done."""
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        while not wait([working], _BEAT_SECONDS).done:
            heartbeat()
    working.result()
