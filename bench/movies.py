"""A film of 1 GB, and a function that sends it in a form, from disk to socket without copying."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from tests import mediabytes

GIGABYTE = 10**9
#: The last bytes of a film are random, so that no two films are the same.
TAIL = 16
_BLOCK = 2**20


@dataclass(frozen=True)
class Movie:
    """A film without its tail."""

    path: Path
    size: int


@contextmanager
def movie(size: int = GIGABYTE) -> Iterator[Movie]:
    """A valid MP4, padded to ``size`` bytes, including the tail, by a box of random bytes that players skip."""
    with tempfile.TemporaryDirectory(prefix="mf-") as folder:
        film = mediabytes.make_all(Path(folder))["silent.mp4"].read_bytes()
        path = Path(folder) / "film.mp4"
        noise = secrets.token_bytes(_BLOCK)
        with path.open("wb") as file:
            file.write(film + (size - len(film)).to_bytes(4, "big") + b"free")
            while left := size - TAIL - file.tell():
                file.write(noise[:left])
        yield Movie(path, size)


def send(
    address: str, fields: Mapping[str, str], field: str, film: Movie, cookie: str = ""
) -> tuple[HTTPResponse, str]:
    """Send a form with a film. Return the answer and its text."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="film.mp4"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    )
    head, tail = "".join(parts).encode(), secrets.token_bytes(TAIL) + f"\r\n--{boundary}--\r\n".encode()
    url = urlsplit(address)
    connection = HTTPConnection(url.netloc, timeout=300)
    connection.putrequest("POST", url.path)
    connection.putheader("Content-Type", f"multipart/form-data; boundary={boundary}")
    connection.putheader("Content-Length", str(len(head) + film.size - TAIL + len(tail)))
    connection.putheader("Connection", "close")
    if cookie:
        connection.putheader("Cookie", cookie)
    connection.endheaders(head)
    with film.path.open("rb") as file:
        connection.sock.sendfile(file)
    connection.sock.sendall(tail)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text
