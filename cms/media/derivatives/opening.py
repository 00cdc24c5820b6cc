"""How recipes open audio and video: like the probe, from an open file, with listed containers and no protocols."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer

from cms.media.probe import open_options
from cms.messages import N_, InvalidInput

#: What FFmpeg and PyAV raise on damaged files. After a disk error, :func:`opened` raises that error at the end.
BROKEN = (av.FFmpegError, OSError, ValueError, ArithmeticError, RuntimeError)


class _Reader:
    """The file as FFmpeg reads it. FFmpeg may ignore a disk error, so the reader keeps it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.fault: OSError | None = None
        self.tell = file.tell

    def read(self, count: int, /) -> bytes:
        try:
            return self._file.read(count)
        except OSError as error:
            self.fault = error
            raise

    def seek(self, offset: int, whence: int = 0, /) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError:  # the file refers to a position that does not exist
            return -1


@contextmanager
def opened(source: Path) -> Iterator[InputContainer]:
    """The container in a file.

    Raises:
        InvalidInput: nothing in it can be read.
        OSError: the disk has failed, even if the block did not notice.
    """
    with source.open("rb", buffering=0) as file:
        reader = _Reader(file)
        try:
            with _container(reader) as container:
                yield container
        finally:
            if reader.fault:
                raise reader.fault


def _container(reader: _Reader) -> InputContainer:
    try:
        return av.open(reader, "r", options=open_options(), metadata_errors="surrogateescape")
    except BROKEN as error:
        raise InvalidInput(N_("The file cannot be read.")) from error
