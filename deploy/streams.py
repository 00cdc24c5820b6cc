"""The two directions of a connection, as gunicorn's parser reads and its responses write them.

Neither of them waits for the peer, but for an upload, which has a thread to wait in.
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

#: The most bytes of a request's head; gunicorn says what is wrong with a longer one.
HEAD_BYTES = 2**17
#: The most bytes that are read, or sent from a file, before others have their turn.
TURN_BYTES = 2**20
#: The most bytes of an answer that are made before the peer has read what was there.
AHEAD_BYTES = 2**17
#: The most pieces of an answer that are sent as one: Linux takes no more (IOV_MAX).
PIECES = 1024
#: An upload may keep its thread waiting for so many seconds, if so many bytes a second have come by then.
UPLOAD_SECONDS, UPLOAD_RATE = 60.0, 500


class Incoming(Unreader):  # type: ignore[misc]
    """What has come from the peer and has not been read yet."""

    def __init__(self, peer: socket.socket) -> None:
        super().__init__()
        self._peer = peer  # not `sock`: gunicorn's parser would have that one block
        #: Whether a read waits for the peer.
        self.waits = False
        #: Whether the peer has said that nothing more will come.
        self.ended = False
        self._waited, self._came = 0.0, 0

    @property
    def size(self) -> int:
        """How many bytes that is."""
        return int(self.buf.seek(0, os.SEEK_END))

    def fill(self) -> None:
        """Take what is there."""
        try:
            data = self._peer.recv(2**16)
        except BlockingIOError:
            return
        self.ended = not data
        self.buf.seek(0, os.SEEK_END)
        self.buf.write(data)

    def has_head(self) -> bool:
        """Whether a request's head is there, or what can never become one."""
        data = self.buf.getvalue()
        return b"\r\n\r\n" in data or len(data) > HEAD_BYTES or data.count(b"\n") != data.count(b"\r\n")

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes, when the parser has read all that was there; none if nothing more will come.

        Raises:
            TimeoutError: they would have to be waited for, or have been for too long.
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
        """Wait for the peer. The time that we take ourselves, to write to a slow disk, does not count."""
        if not self.waits:
            raise TimeoutError
        started = time.monotonic()
        poll = select.poll()  # select() itself knows no more than 1,024 files
        poll.register(self._peer, select.POLLIN)
        poll.poll(1000 * (UPLOAD_SECONDS - self._waited))
        self._waited += time.monotonic() - started
        if self._waited >= UPLOAD_SECONDS:
            if self._came < UPLOAD_RATE * UPLOAD_SECONDS:
                raise TimeoutError("the upload is too slow")
            self._waited, self._came = 0.0, 0


@dataclass
class _FilePart:
    """Bytes of an open file that are still to be sent."""

    file: int
    offset: int
    count: int


class Outgoing:
    """What the peer has not taken yet: bytes, and parts of files. To gunicorn's responses it is a socket."""

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self._parts: deque[bytes | memoryview | _FilePart] = deque()
        #: Bytes in memory.
        self.size = 0

    def sendall(self, data: bytes) -> None:
        """Take the data; :meth:`flush` sends it."""
        self._parts.append(data)
        self.size += len(data)

    def send(self, data: bytes) -> int:
        """Send at once: what ``Expect: 100-continue`` waits for."""
        self.sendall(data)
        self.flush()
        return len(data)

    def sendfile(self, file: IO[bytes], offset: int, count: int) -> None:
        """Take a part of a file; the application may close its own handle."""
        self._parts.append(_FilePart(os.dup(file.fileno()), offset, count))

    def gettimeout(self) -> float:
        """It does not block."""
        return 0.0

    def flush(self) -> bool:
        """Send as much as the peer takes, and of a file what is one turn's; whether nothing is left.

        Raises:
            OSError: the peer is gone, or the file is shorter than it was.
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
        """Send the bytes before the next file, a head and its body as one; whether they are gone."""
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
        """Send the next of the file at the front; whether that was its end."""
        part = self._parts[0]
        assert isinstance(part, _FilePart)
        if part.count:
            sent = os.sendfile(self._peer.fileno(), part.file, part.offset, min(part.count, TURN_BYTES))
            if not sent:
                raise OSError("the file is shorter than its answer said")
            part.offset += sent
            part.count -= sent
        if part.count:
            return False
        self._parts.popleft()
        os.close(part.file)
        return True
