"""How recipes open audio and video: like the probe, from an open file, with listed containers and no protocols."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from av.container import InputContainer

from cms.media.containers import BROKEN, Reader, open_container
from cms.media.derivatives.recipe import Progress
from cms.messages import N_, InvalidInput


class _TellingReader(Reader):
    """A reader that reports each percent of the file that it has read."""

    def __init__(self, file: BinaryIO, size: int, progress: Progress) -> None:
        super().__init__(file)
        self._size, self._progress = size, progress
        self._count, self._told = 0, 0

    def read(self, count: int, /) -> bytes:
        data = super().read(count)
        self._count += len(data)
        percent = min(99, 100 * self._count // max(1, self._size))
        if percent > self._told:
            self._told = percent
            self._progress(percent)
        return data


@contextmanager
def opened(source: Path, progress: Progress | None = None) -> Iterator[InputContainer]:
    """The container in a file.

    Args:
        source: the file.
        progress: is told how much of the file is read.

    Raises:
        InvalidInput: nothing in it can be read.
        OSError: the disk has failed, even if the block did not notice.
    """
    with source.open("rb", buffering=0) as file:
        reader = _TellingReader(file, source.stat().st_size, progress) if progress else Reader(file)
        try:
            with _container(reader) as container:
                yield container
        finally:
            if reader.error:
                raise reader.error


def _container(reader: Reader) -> InputContainer:
    try:
        return open_container(reader)
    except BROKEN as error:
        raise InvalidInput(N_("The file cannot be read.")) from error
