"""A part of a file, as a file."""

from __future__ import annotations

import os
from io import FileIO, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Section(RawIOBase):
    """The bytes of an open file from ``start`` to before ``end``; it closes the file.

    A server that can, like gunicorn, has the kernel send them: from the descriptor's position on, as many as
    ``Content-Length`` says. Others read them.
    """

    def __init__(self, file: FileIO, start: int, end: int) -> None:
        self._file, self._left = file, end - start
        if start:
            file.seek(start)

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most ``size`` of them."""
        data: bytes = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        with memoryview(buffer) as view, view[: self._left] as part:
            count = self._file.readinto(part) or 0
        self._left -= count
        return count

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        super().close()
        self._file.close()


def open_section(path: Path, start: int = 0, end: int | None = None) -> Section:
    """Open a file of which only a part is wanted; without an ``end``, all that it has from ``start`` on.

    Raises:
        OSError: it cannot be opened.
    """
    file = FileIO(path)
    return Section(file, start, os.fstat(file.fileno()).st_size if end is None else end)
