"""Writing files and names that survive a power failure."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import SupportsRead

# Bytes written at a time.
_PART = 2**20
_CANNOT_LINK = (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)


def write(source: SupportsRead[bytes], target: Path) -> None:
    """Write a new file and make its bytes durable."""
    with target.open("xb") as file:
        shutil.copyfileobj(source, file, _PART)
    _finish(target)


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it, and make its bytes durable."""
    _link_or_copy(source, target)
    _finish(target)


def make_folders(root: Path, path: str) -> None:
    """Make the folders from ``root`` to a file below it. If the root is missing, its disk is not mounted."""
    for folder in reversed(PurePath(path).parents[:-1]):
        (root / folder).mkdir(exist_ok=True)


def sync_folders(root: Path, path: str) -> None:
    """Make every name on the path from ``root`` to a file below it durable."""
    for folder in PurePath(path).parents:
        _sync_folder(root / folder)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        # Another file system, or one without links. If the target exists, another worker is still writing it.
        target.touch(exist_ok=False)
        shutil.copyfile(source, target)


def _finish(file: Path) -> None:
    """Make a file durable, and readable for a web server in front."""
    file.chmod(0o644)
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
