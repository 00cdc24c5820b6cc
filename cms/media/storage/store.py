"""Where finished files lie for good: what a media store does, be it a local folder or an object store.

A file is known by its path, like ``2026/03/04/video/film-0123456789ab.mp4``, which is also its key in an object store.
A path in which any name begins with a dot is not a media file's: it is never iterated, except as told there.

Nothing here asks for renames, links, folders or conditional writes, which object stores lack or may ignore. What those
would be needed for is the callers' care: who stores or removes a file holds the lock of its path meanwhile
(:mod:`cms.media.locks`). tests/media/storage/contract.py says as tests what is said here.
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

#: How old something must be to be what a dead worker left, in seconds.
LEFT_SECONDS = 3600
# Between two signs of life while the system writes; a lease may be as short as a second.
_BEAT_SECONDS = 0.5

#: Gives prepared bytes the path under which they are found from now on.
Publish = Callable[[str], None]


class Readable(AbstractContextManager["Readable"], Protocol):
    """Bytes that are read once, from the first to the last; whoever opened them closes them.

    ``read`` and ``readinto`` may give fewer bytes than were asked for, and none only at the end. A ``fileno``, where
    there is one, is that of a file at the position of the first byte, which the kernel may send.
    """

    def read(self, size: int = -1, /) -> bytes: ...
    def readinto(self, buffer: WriteableBuffer, /) -> int: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class FileStat:
    """What is known of a stored file without reading it; two are equal only if they are of the same bytes.

    Args:
        size: in bytes.
        modified: when the bytes were written, in seconds since the epoch.
        version: tells these bytes from others that lay, or will lie, at the same path.
    """

    size: int
    modified: float
    version: Hashable


@dataclass(frozen=True)
class FoundFile:
    """A file in the media store: its path, its size in bytes, the seconds since it was put there."""

    path: str
    size: int
    age: float


class MediaStore(Protocol):
    """Finished files.

    Each method that reads or writes, and each :class:`Readable`, raises ``OSError`` if the store cannot do so for now,
    like one that cannot be reached: whoever asked tries again. So the exceptions of a client library are turned into
    ``OSError``; any other one is a fault of the program, and fails an upload for good. Two numbers have a meaning:
    ``errno.ENOSPC`` is a full store, and ``errno.EIO``, from a file that is opened or read, is a file whose bytes the
    store has lost.

    What has raised takes no effect later: after a time-out, a store asks again until it knows.

    A store is made once, by ``create_app``, and opens no connection then. Threads share it; several may read one
    :class:`Readable`, in turn; :func:`with_heartbeat` works in a thread of its own. Processes fork before the first use
    and after it, so a child opens connections of its own.
    """

    def put(self, path: str, data: SupportsRead[bytes]) -> None:
        """Store what is read from ``data``, whole or not at all; it is durable when this returns.

        It replaces what lies there, which can be read until then. If ``data`` raises, that is raised here, and nothing
        has changed.
        """

    def put_file(self, path: str, file: Path) -> None:
        """:meth:`put` for a file of this machine, which may be linked: it stays where it is, and is not written to."""

    def prepared(self, file: Path, heartbeat: Callable[[], None]) -> AbstractContextManager[Publish]:
        """What takes long of :meth:`put_file`, done ahead, so that no lock is held meanwhile.

        In the block the bytes are durable and cannot be found. Calling what it is handed, once, publishes them: that
        is quick, whatever their size, and has the effect of :meth:`put_file`. At the end of the block, what was
        prepared is gone. If it cannot be removed, that is only logged, for the upload has its end already; what is
        left is found by :meth:`iterate` later.

        An attempt takes the place of an earlier one at the same file, which has died or is slow: workers that die
        leave one prepared copy of a file at the most, and a slow one publishes the whole bytes or raises ``OSError``.
        It takes nothing from the later attempt.

        Args:
            file: a file of this machine, which stays where it is.
            heartbeat: called every half second meanwhile, for the sign of life that a long run owes.
        """

    def discard_prepared(self, name: str) -> None:
        """Remove what a dead worker has prepared of a staged file, or of what was made of it, if there is anything."""

    def open(self, path: str, start: int = 0, end: int | None = None) -> Readable:
        """The bytes of a file from ``start`` to before ``end``, or to its last one. The range lies within the file.

        What was opened can be read to its end even if the file is removed or replaced meanwhile, or raises
        ``OSError``: never does it go on with other bytes.

        Raises:
            FileNotFoundError: there is none.
        """

    def stat(self, path: str) -> FileStat | None:
        """What is known of the file at a path, which may be any text; ``None`` if there is none.

        Raises:
            IsADirectoryError: something else than a file lies there.
        """

    def delete(self, path: str) -> None:
        """Remove a file. If there is none, that is well."""

    def iterate(self) -> Iterator[FoundFile]:
        """Every file, in any order; files that come or go meanwhile may be left out.

        What dead workers have left is found as well, after :data:`LEFT_SECONDS`, under a path for :meth:`stat` and
        :meth:`delete`.
        """

    def url(self, path: str) -> str | None:
        """An address at which the store itself hands out a file to visitors, perhaps only for a while.

        ``None``: it has none, and the site hands out what it reads from :meth:`open`.
        """

    def local_path(self, path: str) -> AbstractContextManager[Path]:
        """A file of this machine with the same bytes, to be read in the block by programs that need one.

        It has the extension of the path. A copy is made on a disk, like that of the staging folder: ``/tmp`` may be in
        memory.

        Raises:
            FileNotFoundError: there is none.
        """


def with_heartbeat(work: Callable[[], None], heartbeat: Callable[[], None]) -> None:
    """Do work that waits for a disk or a network, and call ``heartbeat`` every half second until it is done."""
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        while not wait([working], _BEAT_SECONDS).done:
            heartbeat()
    working.result()
