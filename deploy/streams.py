"""The two directions of a connection, as gunicorn's parser and responses use them.

Neither waits for the peer, except during an upload, which has a thread that may block.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import IO

from gunicorn.http.unreader import Unreader

#: The most bytes of a request's head. Gunicorn refuses a longer one.
HEAD_BYTES = 2**17
#: The most bytes that are read, or sent from a file, before other connections have their turn.
TURN_BYTES = 2**20
#: The most bytes of an answer that are produced ahead of the peer.
AHEAD_BYTES = 2**17
#: The most pieces of an answer in one system call (Linux's IOV_MAX).
PIECES = 1024
#: For each so many seconds of waiting, an upload must have sent so many bytes per second.
UPLOAD_SECONDS, UPLOAD_RATE = 60.0, 500


class Incoming(Unreader):  # type: ignore[misc]
    """What the peer has sent and the parser has not read yet."""

    def __init__(self, peer: socket.socket) -> None:
        super().__init__()
        self._peer = peer  # not `sock`: gunicorn's parser would make it block
        #: Whether a read waits for the peer.
        self.waits = False
        #: Whether the peer will send nothing more.
        self.ended = False
        self._waited, self._came = 0.0, 0

    @property
    def size(self) -> int:
        """The number of buffered bytes."""
        return int(self.buf.seek(0, os.SEEK_END))

    def fill(self) -> None:
        """Buffer what has arrived."""
        try:
            data = self._peer.recv(2**16)
        except BlockingIOError:
            return
        self.ended = not data
        self.buf.seek(0, os.SEEK_END)
        self.buf.write(data)

    def has_head(self) -> bool:
        """Whether a request's head has arrived, or something that can never become one."""
        data = self.buf.getvalue()
        return b"\r\n\r\n" in data or len(data) > HEAD_BYTES or data.count(b"\n") != data.count(b"\r\n")

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Receive more bytes, after the parser has read the buffer; none if nothing more will come.

        Raises:
            TimeoutError: this would have to wait, or has waited too long.
        """
        size = min(max(size_hint or 0, 2**13), TURN_BYTES)
        while True:
            try:
                data = self._peer.recv(size)
            except BlockingIOError:
                self._wait()
            else:
                self._came += len(data)
                return data

    def _wait(self) -> None:
        """Wait for the peer. Only this time counts, not the time that we take to write to a slow disk."""
        if not self.waits:
            raise TimeoutError
        started = time.monotonic()
        poll = select.poll()  # select() is limited to 1,024 files
        poll.register(self._peer, select.POLLIN)
        poll.poll(1000 * (UPLOAD_SECONDS - self._waited))
        self._waited += time.monotonic() - started
        if self._waited >= UPLOAD_SECONDS:
            if self._came < UPLOAD_RATE * UPLOAD_SECONDS:
                raise TimeoutError("the upload is too slow")
            self._waited, self._came = 0.0, 0


@dataclass
class _FilePart:
    """A part of an open file that is still to be sent."""

    file: int
    offset: int
    count: int


class Outgoing:
    """What the peer has not accepted yet: bytes and parts of files. Gunicorn's responses use it as a socket."""

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self._parts: deque[bytes | memoryview | _FilePart] = deque()
        #: Bytes in memory.
        self.size = 0

    def sendall(self, data: bytes) -> None:
        """Queue the data; :meth:`flush` sends it."""
        self._parts.append(data)
        self.size += len(data)

    def send(self, data: bytes) -> int:
        """Send at once, for ``Expect: 100-continue``."""
        self.sendall(data)
        self.flush()
        return len(data)

    def sendfile(self, file: IO[bytes], offset: int, count: int) -> None:
        """Queue a part of a file. The application may close its own handle."""
        self._parts.append(_FilePart(os.dup(file.fileno()), offset, count))

    def gettimeout(self) -> float:
        """The timeout of a socket that does not block."""
        return 0.0

    def flush(self) -> bool:
        """Send as much as the peer accepts, and at most one turn of a file. Return whether nothing is left.

        Raises:
            OSError: the peer is gone, or the file has become shorter.
        """
        try:
            while self._parts:
                if not (self._send_file() if isinstance(self._parts[0], _FilePart) else self._send_bytes()):
                    return False
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Drop what has not been sent."""
        for part in self._parts:
            if isinstance(part, _FilePart):
                os.close(part.file)
        self._parts.clear()
        self.size = 0

    def _send_bytes(self) -> bool:
        """Send the bytes before the next file in one call, such as head and body. Return whether all were sent."""
        pieces: list[bytes | memoryview] = []
        for part in islice(self._parts, PIECES):
            if isinstance(part, _FilePart):
                break
            pieces.append(part)
        sent = self._peer.sendmsg(pieces)
        self.size -= sent
        for piece in pieces:
            if sent < len(piece):
                self._parts[0] = memoryview(piece)[sent:]
                return False
            self._parts.popleft()
            sent -= len(piece)
        return True

    def _send_file(self) -> bool:
        """Send the next bytes of the first file. Return whether the file is complete."""
        part = self._parts[0]
        assert isinstance(part, _FilePart)
        if part.count:
            sent = os.sendfile(self._peer.fileno(), part.file, part.offset, min(part.count, TURN_BYTES))
            if not sent:
                raise OSError("the file is shorter than announced")
            part.offset += sent
            part.count -= sent
        if part.count:
            return False
        self._parts.popleft()
        os.close(part.file)
        return True
