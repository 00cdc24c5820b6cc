"""A media store with the semantics of S3, for tests: what an object store cannot do, this one cannot do either.

The bucket has whole objects under keys, and no folders, renames or links. It lists keys page by page, in the order of
their bytes, tells times by the second, and ignores conditions, as some object stores do.
"""

from __future__ import annotations

import errno
import hashlib
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path, PurePath
from typing import IO
from urllib.parse import quote

from cms.media.storage.store import LEFT_SECONDS, FileStat, FoundFile, Publish, Readable, with_heartbeat

#: The most keys of one page of a list. (S3 gives a thousand.)
PAGE = 3
PART = 1000
#: Under these keys objects wait to be published.
PREPARED = ".prepared/"


class ClientError(Exception):
    """What the library of S3's clients raises."""


class NoSuchKey(ClientError):
    """S3's answer for a key that has no object, and for one that could have none."""


@dataclass(frozen=True)
class Head:
    """What S3 tells of an object."""

    key: str
    size: int
    etag: str
    modified: int


class Bucket:
    """Objects in memory, and the requests that S3 knows."""

    def __init__(self) -> None:
        self._objects: dict[bytes, tuple[Head, bytes]] = {}
        #: The requests that were made.
        self.requests: list[tuple[str, str]] = []
        #: These requests time out.
        self.unanswered: set[str] = set()

    def put(self, key: str, body: bytes, *, if_none_match: str | None = None) -> None:
        self._ask("PUT", key)
        self._keep(key, body)

    def get(self, key: str, start: int, end: int | None) -> bytes:
        self._ask("GET", key)
        body = self._found(key)[1]
        if start and start >= len(body):
            raise ValueError("416 InvalidRange")
        return body[start:end]

    def head(self, key: str) -> Head:
        self._ask("HEAD", key)
        return self._found(key)[0]

    def copy(self, source: str, target: str) -> None:
        """On the server: no byte comes here."""
        self._ask("COPY", target)
        self._keep(target, self._found(source)[1])

    def delete(self, key: str) -> None:
        self._ask("DELETE", key)
        self._objects.pop(_bytes(key), None)

    def list(self, prefix: str = "", after: str = "") -> list[Head]:
        """The next page."""
        self._ask("LIST", after)
        keys = sorted(key for key in self._objects if key.startswith(_bytes(prefix)) and key > _bytes(after))
        return [self._objects[key][0] for key in keys[:PAGE]]

    def _ask(self, request: str, key: str) -> None:
        self.requests.append((request, key))
        if request in self.unanswered:
            raise ClientError("ConnectTimeoutError")

    def _keep(self, key: str, body: bytes) -> None:
        head = Head(key, len(body), hashlib.md5(body).hexdigest(), int(time.time()))
        self._objects[_bytes(key)] = (head, body)

    def _found(self, key: str) -> tuple[Head, bytes]:
        try:
            return self._objects[_bytes(key)]
        except KeyError:
            raise NoSuchKey(key) from None


class ObjectStore:
    """A :class:`~cms.media.storage.store.MediaStore` over a bucket, which may have an address for visitors."""

    def __init__(self, bucket: Bucket, address: str | None = None) -> None:
        self.bucket = bucket
        self._address = address

    def put(self, path: str, data: IO[bytes]) -> None:
        # (One for real would send the parts of a multipart upload, and abort that if the data raises.)
        body = b"".join(iter(lambda: data.read(PART), b""))
        with _as_os_errors():
            self.bucket.put(path, body)

    def put_file(self, path: str, file: Path) -> None:
        with file.open("rb") as data:
            self.put(path, data)

    @contextmanager
    def prepared(self, file: Path, heartbeat: Callable[[], None]) -> Iterator[Publish]:
        """Uploaded under another key, and copied to its own by the bucket, since there is no rename."""
        self.discard_prepared(file.name)  # of a worker that died
        key = _prepared(file.name) + secrets.token_hex(8)
        try:
            with_heartbeat(partial(self.put_file, key, file), heartbeat)
            yield partial(self._publish, key)
        finally:
            with suppress(OSError):  # (One for real would log it.)
                self.delete(key)

    def discard_prepared(self, name: str) -> None:
        for head in self._listed(_prepared(name)):
            self.delete(head.key)

    def open(self, path: str, start: int = 0, end: int | None = None) -> Readable:
        with _as_os_errors():
            return BytesIO(self.bucket.get(path, start, end) if start != end else b"")

    def stat(self, path: str) -> FileStat | None:
        try:
            with _as_os_errors():
                head = self.bucket.head(path)
        except FileNotFoundError:
            return None
        return FileStat(head.size, head.modified, head.etag)

    def delete(self, path: str) -> None:
        with _as_os_errors():
            self.bucket.delete(path)

    def iterate(self) -> Iterator[FoundFile]:
        for head in self._listed():
            age = max(0.0, time.time() - head.modified)
            is_left = head.key.startswith(PREPARED) and age > LEFT_SECONDS
            if is_left or not any(name.startswith(".") for name in head.key.split("/")):
                yield FoundFile(head.key, head.size, age)

    def url(self, path: str) -> str | None:
        return f"{self._address}/{quote(path)}" if self._address else None

    @contextmanager
    def local_path(self, path: str) -> Iterator[Path]:
        # (One for real would name a folder on a disk.)
        with tempfile.NamedTemporaryFile(suffix=PurePath(path).suffix) as file, self.open(path) as data:
            shutil.copyfileobj(data, file)
            file.flush()
            yield Path(file.name)

    def _publish(self, key: str, path: str) -> None:
        with _as_os_errors():
            self.bucket.copy(key, path)

    def _listed(self, prefix: str = "") -> Iterator[Head]:
        last = ""
        while True:
            with _as_os_errors():
                page = self.bucket.list(prefix, after=last)
            if not page:
                return
            yield from page
            last = page[-1].key


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """The client's exceptions in the words of the protocol."""
    try:
        yield
    except NoSuchKey as error:
        raise FileNotFoundError(errno.ENOENT, "no such key", str(error)) from error
    except ClientError as error:
        raise TimeoutError(errno.ETIMEDOUT, str(error)) from error


def _prepared(name: str) -> str:
    """How the keys of all attempts begin, for a staged file and for the subtitles that were made of it."""
    return f"{PREPARED}{name.partition('.')[0]}/"


def _bytes(key: str) -> bytes:
    try:
        return key.encode()
    except UnicodeEncodeError:
        raise NoSuchKey(key) from None
