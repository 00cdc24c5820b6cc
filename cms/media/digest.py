"""The digest that identifies files: BLAKE3, 256 bits (https://github.com/BLAKE3-team/BLAKE3-specs)."""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable
from pathlib import Path

from blake3 import blake3

from cms.media.storage.store import Readable

# Bytes hashed at a time; large enough for all cores to be busy.
SLICE = 256 * 2**20
# The shortest time between heartbeats in seconds: each one writes to the database.
BEAT_SECONDS = 0.25
# Below this, starting threads costs more than it saves.
THREADED = 2**20
#: Bytes read at a time where reading is rate-limited.
PART = 4 * 2**20


def file_digest(path: Path, heartbeat: Callable[[], None] = lambda: None) -> str:
    """The BLAKE3 digest of a file in hexadecimal. All cores hash a large file. It is read once.

    The file is mapped, not loaded: memory stays flat whatever its size.

    Args:
        path: the file.
        heartbeat: called between slices of 256 MiB, at most a few times a second, so that a long run gives signs of
            life.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        if size < THREADED:
            return blake3(file.read()).hexdigest()
        hasher = blake3(max_threads=blake3.AUTO)
        beaten = time.monotonic()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            mapped.madvise(mmap.MADV_SEQUENTIAL)
            with memoryview(mapped) as view:
                for start in range(0, size, SLICE):
                    with view[start : start + SLICE] as part:
                        hasher.update(part)
                    if time.monotonic() - beaten >= BEAT_SECONDS:
                        heartbeat()
                        beaten = time.monotonic()
        return hasher.hexdigest()


def read_digest(file: Readable, after: Callable[[int], None]) -> str:
    """The same digest by plain reads. A failing disk raises an error here; a mapped file would kill the process.

    Args:
        file: open, at its beginning.
        after: called after each part with the number of bytes that were read, at most :data:`PART`.

    Raises:
        OSError: the file cannot be read.
    """
    hasher = blake3()
    with memoryview(bytearray(PART)) as part:
        while count := file.readinto(part):
            hasher.update(part[:count])
            after(count)
    return hasher.hexdigest()
