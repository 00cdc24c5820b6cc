"""The product with mines in it, for tests only: a process that steps on a mine dies at once, by ``kill -9``.

Gunicorn and Celery run it instead of ``wsgi``. A mine is a file ``FAULTS/<point>/<name>``. It is removed as it goes
off, so it kills once. Its name is that of one uploaded file, or starts with ``any``. Its content says what dies: this
``process``, or the whole ``group`` (a Celery worker or gunicorn with all of its children).
"""

from __future__ import annotations

import errno
import functools
import os
import select
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from celery.concurrency.asynpool import AsynPool

from cms.media import digest, inspection, receiving, uploads
from cms.media.derivatives import deriving, ffmpeg, isolation, working
from cms.media.storage import Storage, durable, local
from cms.media.storage.staging import StagedFile
from cms.pages import attachments
from cms.view_counts import flush
from wsgi import app, celery_app

__all__ = ["app", "celery_app"]

FAULTS = Path(os.environ["FAULTS"])
#: How much of a file has been received when a mine under ``receiving`` goes off.
RECEIVED = 100_000

# The disks of these tests are small.
receiving.RESERVE = 0
# The real pauses are for people who wait. Here nobody does.
uploads.RETRIES = replace(uploads.RETRIES, retry_after=0.2, resend_after=2)
local.LEFT_SECONDS = 1
# A derivative may step on every mine that lies there.
deriving.RETRIES = replace(deriving.RETRIES, retry_after=0.1, resend_after=1, max_attempts=20, max_resend_after=2)
deriving.LEASE = 2
# Celery looks every five seconds whether a child has died, and starts another one.
AsynPool.timers = property(lambda pool: {pool.maintain_pool: 0.2})

if "FAKETIME_TIMESTAMP_FILE" in os.environ:
    # The library that changes the clock refuses the system call behind Python's own sleep.
    time.sleep = lambda seconds: select.select([], [], [], seconds) and None

_current = ""  # the name of the uploaded file that this process is working on


def step_on(point: str, name: str = "") -> None:
    """Die if there is a mine."""
    folder = FAULTS / point
    try:
        mines = [mine.name for mine in folder.iterdir()]
    except FileNotFoundError:
        return
    for mine in mines:
        if mine == name or mine.startswith("any"):
            try:
                whole_group = (folder / mine).read_text() == "group"
                (folder / mine).unlink()
            except FileNotFoundError:
                continue  # another process was faster
            if whole_group:
                os.killpg(0, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)


def mined(owner: Any, name: str, *, before: str = "", after: str = "") -> None:
    """Lay points before and after a function."""
    original = getattr(owner, name)

    @functools.wraps(original, updated=())
    def stepping(*args: Any, **kwargs: Any) -> Any:
        if before:
            step_on(before, _current)
        result = original(*args, **kwargs)
        if after:
            step_on(after, _current)
        return result

    setattr(owner, name, stepping)


def _inspect(upload: Any, *args: Any) -> Any:
    global _current
    _current = upload.filename
    step_on("claimed", _current)
    return _real_inspect(upload, *args)


def _write(self: StagedFile, data: bytes) -> int:
    if (FAULTS / "no-room-in-staging").exists():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    written = _real_write(self, data)
    if self.size > RECEIVED:
        step_on("receiving")
    return written


def _copyfile(source: Any, target: Any, **options: Any) -> Any:
    """Copy half of the file first: a copy that is cut off there must never be visible."""
    data = Path(source).read_bytes()
    Path(target).write_bytes(data[: len(data) // 2])
    step_on("placing", _current)
    return _real_copyfile(source, target, **options)


def _link_or_copy(source: Path, target: Path) -> None:
    if (FAULTS / "no-room-in-media").exists():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    _real_link_or_copy(source, target)
    step_on("placing", _current)


_real_inspect, inspection.inspect = inspection.inspect, _inspect
_real_write, StagedFile.write = StagedFile.write, _write  # type: ignore[method-assign]
_real_copyfile, shutil.copyfile = shutil.copyfile, _copyfile
_real_link_or_copy, durable._link_or_copy = durable._link_or_copy, _link_or_copy
_AUTO = digest.blake3.AUTO
mined(digest, "blake3", before="hashing")
digest.blake3.AUTO = _AUTO
mined(uploads, "complete", after="placed")
mined(Storage, "discard", before="committed")

mined(working, "_check_room", after="derivative-claimed")
mined(isolation, "_confine", after="derivative-making")
mined(ffmpeg, "_percent", before="derivative-converting")
mined(isolation, "run", after="derivative-made")
mined(deriving, "complete", after="derivative-published")
mined(working, "_store", after="derivative-committed")

mined(attachments, "stage", after="staged")
mined(StagedFile, "keep", before="saved")
mined(receiving, "advance", before="received")

mined(flush, "start_batch", after="batch-started")
mined(flush, "apply_batch", after="batch-added")
mined(flush, "end_batch", before="batch-committed")
