"""FFmpeg's command line program: where it is, and how it is run.

It gets the media file as standard input and may open no other, and it dies with the process that runs it.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

import imageio_ffmpeg
import structlog

from cms.media.containers import FORMATS
from cms.media.derivatives.isolation import die_with_parent
from cms.media.derivatives.recipe import Skip
from cms.media.probe import TRUNCATED, Probe
from cms.messages import N_, InvalidInput

log = structlog.get_logger(__name__)

#: The setting ``FFMPEG``: a path or a name, ``none``, or nothing. :func:`cms.create_app` sets it.
setting = ""

#: How many seconds the result may differ from the file, and which part of its duration.
DURATION_SECONDS, DURATION_PART = 2.0, 0.1

#: Seconds that a program has to answer whether it is an FFmpeg.
_ANSWER_SECONDS = 10
#: For how many seconds :func:`missing` believes its last answer.
_BELIEVED_SECONDS = 60
#: How many of the last lines that FFmpeg says are logged.
_LOGGED_LINES = 15
_PROGRESS = re.compile(r"\w+=")


class Missing(InvalidInput):
    """There is no FFmpeg that works. The sentence says what is wrong."""


class TurnedOff(Skip):
    """The setting says that FFmpeg is not to be used."""


def find() -> str:
    """The path of an FFmpeg that works: the one of the setting, one on PATH, or that of the Python package.

    Raises:
        TurnedOff: none is to be used.
        Missing: there is none that works.
    """
    if setting == "none":
        raise TurnedOff(N_("Versions for browsers are turned off (FFMPEG=none)."))
    if setting:
        return _checked(setting)
    for name in ("ffmpeg", _packaged()):
        with suppress(Missing):
            return _checked(name)
    raise Missing(N_("FFmpeg is missing: install it, or set FFMPEG to its path."))


def missing() -> InvalidInput | None:
    """What is wrong with FFmpeg, unless it works or is turned off."""
    return _missing(setting, time.monotonic() // _BELIEVED_SECONDS)


@lru_cache(maxsize=1)
def _missing(_setting: str, _time: float) -> InvalidInput | None:
    try:
        find()
    except Missing as reason:
        return reason
    except TurnedOff:
        pass
    return None


def _packaged() -> str:
    """The path of the Python package's program; empty if it has none for this machine."""
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return ""


def _checked(name: str) -> str:
    """The path of that program, if it is an FFmpeg that reads from an open file."""
    path = shutil.which(name)
    if path is None:
        is_there = Path(name).exists()
        sentence = N_("FFMPEG: %(path)s cannot be executed.") if is_there else N_("FFMPEG: there is no %(path)s.")
        raise Missing(sentence, path=name)
    try:
        asked = (path, "-hide_banner", "-protocols")
        answer = subprocess.run(  # noqa: S603  the administrator has chosen it
            asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=_ANSWER_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(N_("FFMPEG: %(path)s does not work."), path=path) from error
    words = answer.stdout.split()
    if answer.returncode or b"Input:" not in words:
        raise Missing(N_("FFMPEG: %(path)s does not work."), path=path)
    if b"fd" not in words:
        raise Missing(N_("FFMPEG: %(path)s is too old. FFmpeg 6.0 or newer is needed."), path=path)
    return path


def convert(
    source: Path, arguments: list[str], target: Path, duration: float | None, progress: Callable[[float], None]
) -> None:
    """Run FFmpeg on a file.

    Args:
        source: the file.
        arguments: what to do with it.
        target: the file to write.
        duration: of the source, in seconds, if it is known.
        progress: is told how much is done, in percent.

    Raises:
        InvalidInput: FFmpeg is missing, or it cannot convert the file.
        OSError: the disk is full or fails, or FFmpeg was killed.
    """
    options = "-nostdin -hide_banner -loglevel error -progress pipe:1 -fflags +genpts -threads 2 -protocol_whitelist fd"
    whitelist = ("-format_whitelist", FORMATS)
    command = [find(), *options.split(), *whitelist, "-i", "fd:", *arguments, "-y", f"file:{target}"]
    said: deque[str] = deque(maxlen=_LOGGED_LINES)
    with source.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        program = subprocess.Popen(  # noqa: S603
            command,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=partial(die_with_parent, os.getpid()),
        )
        with program:
            for line in program.stdout or ():
                if line.startswith("out_time_us="):
                    progress(_percent(line, duration) if duration else 99 * file.tell() / max(size, 1))
                elif not _PROGRESS.match(line):
                    said.append(line.rstrip()[:500])
    if program.returncode:
        _fail(program.returncode, list(said))


def check_duration(found: Probe, seconds: float | None) -> None:
    """Raise InvalidInput if what was made is shorter than the file: FFmpeg may stop at damaged data without an error.

    A truncated file states the duration of the whole.
    """
    if not found.duration or TRUNCATED in found.warnings:
        return
    if abs((seconds or 0) - found.duration) > max(DURATION_SECONDS, found.duration * DURATION_PART):
        raise InvalidInput(
            N_("Only %(made)s of %(whole)s seconds of this file can be converted."),
            made=round(seconds or 0),
            whole=round(found.duration),
        )


def _percent(line: str, duration: float) -> float:
    """How much is done, by FFmpeg's line with the time that it has reached, which may be ``N/A``."""
    reached = line.rstrip().partition("=")[2]
    return min(99.0, max(0.0, float(reached) / 1e4 / duration)) if reached.lstrip("-").isdigit() else 0.0


def _fail(status: int, said: list[str]) -> None:
    log.warning("ffmpeg_failed", status=status, said=said)
    if status == -signal.SIGXFSZ:
        raise InvalidInput(N_("The version for browsers would be too large."))
    if any(os.strerror(errno.ENOSPC) in line for line in said):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if status == -signal.SIGKILL:
        raise OSError("ffmpeg was killed")
    raise InvalidInput(N_("FFmpeg cannot convert this file. The site's log says why."))
