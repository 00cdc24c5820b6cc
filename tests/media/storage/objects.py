"""A media store with the semantics and the limitations of S3, for tests.

The bucket has whole objects under keys, and no folders, renames or links. It lists keys page by page, in the order of
their bytes, gives times in whole seconds, and ignores conditions, as some object stores do.
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

#: The maximum number of keys in a page of a listing. (S3 gives a thousand.)
PAGE = 3
PART = 1000
#: The prefix of the keys of objects that wait to be published.
PREPARED = ".prepared/"


class ClientError(Exception):
    """An exception of the S3 client library."""


class NoSuchKey(ClientError):
    """S3's answer for a key that has no object, and for one that could have none."""


@dataclass(frozen=True)
class Head:
    """What S3 tells about an object."""

    key: str
    size: int
    etag: str
    modified: int


class Bucket:
    """Objects in memory, with the requests of S3."""

    def __init__(self) -> None:
        self._objects: dict[bytes, tuple[Head, bytes]] = {}
        #: The requests that were made.
        self.requests: list[tuple[str, str]] = []
        #: The requests that time out.
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
        """Copy on the server, so that no bytes are transferred."""
        self._ask("COPY", target)
        self._keep(target, self._found(source)[1])

    def delete(self, key: str) -> None:
        self._ask("DELETE", key)
        self._objects.pop(_bytes(key), None)

    def list(self, prefix: str = "", after: str = "") -> list[Head]:
        """List the page of keys that follows ``after``."""
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
        # (A real one would send the parts of a multipart upload, and abort it if the data raises.)
        body = b"".join(iter(lambda: data.read(PART), b""))
        with _as_os_errors():
            self.bucket.put(path, body)

    def put_file(self, path: str, file: Path) -> None:
        with file.open("rb") as data:
            self.put(path, data)

    @contextmanager
    def prepared(self, file: Path, heartbeat: Callable[[], None]) -> Iterator[Publish]:
        """Upload under another key. The bucket then copies the object to its own, since it cannot rename."""
        self.discard_prepared(file.name)  # left by a dead worker
        key = _prepared(file.name) + secrets.token_hex(8)
        try:
            with_heartbeat(partial(self.put_file, key, file), heartbeat)
            yield partial(self._publish, key)
        finally:
            with suppress(OSError):  # (A real one would log it.)
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
        # (A real one would name a folder on a disk.)
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
    """Turn the client's exceptions into those of the protocol."""
    try:
        yield
    except NoSuchKey as error:
        raise FileNotFoundError(errno.ENOENT, "no such key", str(error)) from error
    except ClientError as error:
        raise TimeoutError(errno.ETIMEDOUT, str(error)) from error


def _prepared(name: str) -> str:
    """The key prefix of all attempts at a staged file and at the subtitles made from it."""
    return f"{PREPARED}{name.partition('.')[0]}/"


def _bytes(key: str) -> bytes:
    try:
        return key.encode()
    except UnicodeEncodeError:
        raise NoSuchKey(key) from None
