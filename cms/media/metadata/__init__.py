"""Removal of what a picture says beside its pixels: places, devices, owners, texts, embedded thumbnails.

The pixels are not encoded again, and the colour profile and the orientation stay. A format's module knows what is
needed to show a picture, and leaves out everything else, known or not.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from pathlib import Path

from cms.media.metadata import avif, gif, jpeg, png, webp

# A format's function gives what is kept, in order: parts of the file, and what replaces others.
_KEPT: dict[str, Callable[[memoryview], Iterator[bytes | memoryview]]] = {
    "image/jpeg": jpeg.kept,
    "image/png": png.kept,
    "image/gif": gif.kept,
    "image/webp": webp.kept,
    "image/avif": avif.kept,
}


def clean(path: Path, mime_type: str, target: Path) -> bool:
    """Write the picture at ``path`` to ``target`` without private metadata. Write nothing if it has none.

    Raises:
        InvalidInput: its metadata cannot be told from its pixels.
        OSError: the disk fails, or has no room.

    Returns:
        whether it was written.
    """
    with path.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    parts = list(_KEPT[mime_type](data))
    if _is_same(parts, data):
        return False
    with target.open("wb") as cleaned:
        cleaned.writelines(parts)
    return True


def _is_same(parts: list[bytes | memoryview], data: memoryview) -> bool:
    start = 0
    for part in parts:
        if part != data[start : start + len(part)]:
            return False
        start += len(part)
    return start == len(data)
