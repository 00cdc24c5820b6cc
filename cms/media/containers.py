"""How audio and video files are opened: FFmpeg is given an open file, a list of containers and no protocol."""

from __future__ import annotations

from typing import BinaryIO

import av
from av.container import InputContainer

#: FFmpeg's names of the containers that are opened.
CONTAINERS = ("mov", "matroska", "ogg", "avi", "mpegts", "mpeg", "flv", "asf", "mp3", "flac", "wav", "aac", "aiff")
#: FFmpeg's list of the formats that it may open: the containers, and the other names of theirs.
FORMATS = ",".join(("mp4", "m4a", "3gp", "3g2", "mj2", "webm", *CONTAINERS))
#: What FFmpeg and PyAV raise on broken files. The reader keeps the errors of the disk.
BROKEN = (av.FFmpegError, OSError, ValueError, ArithmeticError, RuntimeError)


class Reader:
    """The file as FFmpeg reads it.

    FFmpeg turns a disk fault into an error of its own, or ignores it, so the reader keeps it. An impossible offset is a
    fault of the file, which names it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def read(self, count: int, /) -> bytes:
        try:
            return self._file.read(count)
        except OSError as error:
            self.error = error
            raise

    def seek(self, offset: int, whence: int = 0, /) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError:
            return -1

    def tell(self) -> int:
        return self._file.tell()


def open_container(reader: Reader) -> InputContainer:
    """The container in a file, whatever encoding its tags are in. Raises one of ``BROKEN`` if there is none."""
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
    return av.open(reader, "r", options=options, metadata_errors="surrogateescape")
