"""Disks that can be filled: small file systems of our own, or simulated errors where none may be mounted."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEGABYTES, FILES = 96, 3000


class Disk:
    """A folder on a file system that holds so many bytes, and so many names."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mf-"))
        size = f"size={MEGABYTES}m,nr_inodes={FILES}"
        mount = ["mount", "-t", "tmpfs", "-o", size, "mediafold", str(self.folder)]
        self.mounted = os.getuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0

    @contextmanager
    def full(self, left: int = 0) -> Iterator[None]:
        """Leave no space, neither for bytes (except ``left`` of them) nor for names."""
        ballast = self.folder / ".ballast"
        ballast.mkdir()
        try:
            with (ballast / "bytes").open("wb") as file:
                free = os.statvfs(self.folder)
                os.posix_fallocate(file.fileno(), 0, max(free.f_bavail * free.f_frsize - left, 1))
            if not left:
                with suppress(OSError):
                    for number in range(FILES):
                        (ballast / str(number)).touch()
            yield
        finally:
            for file in ballast.iterdir():
                file.unlink()
            ballast.rmdir()

    def resize(self, megabytes: int = MEGABYTES) -> bool:
        """Have it hold as many bytes from now on. Return whether it does: not if there are more."""
        size = ["mount", "-o", f"remount,size={megabytes}m", str(self.folder)]
        return not self.mounted or subprocess.run(size, capture_output=True, check=False).returncode == 0

    def remove(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)
        with suppress(OSError):
            self.folder.rmdir()
