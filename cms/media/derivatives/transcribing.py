"""The administrator's program that writes down what is said. It gets a WAV file and prints WebVTT.

It is run without a shell. It may run other programs; all of them end with the process that runs it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import structlog

from cms.media import clock, subtitles
from cms.media.derivatives import isolation
from cms.messages import N_, InvalidInput

log = structlog.get_logger(__name__)

#: The setting ``TRANSCRIBE_COMMAND``: the program and its arguments, or nothing. :func:`cms.create_app` sets it.
setting: tuple[str, ...] = ()

#: The argument that stands for the path of the WAV file. Without it the path is the last argument.
INPUT = "{input}"

# How many of the last lines of standard error are logged, and how many bytes are read at once.
_LOGGED_LINES, _LINE = 15, 65536


def transcribe(sound: Path, duration: float, progress: Callable[[float], None]) -> bytes:
    """Run the program, and return what it has printed.

    Args:
        sound: a WAV file.
        duration: of the sound, in seconds.
        progress: is told how much is done, in percent, by the times of the cues that are printed.

    Raises:
        InvalidInput: the program is missing, fails, or prints too much.
        OSError: it was killed.
    """
    isolation.end_group_with_parent()
    with TemporaryFile(dir=sound.parent) as errors:
        with _started(_command(sound), errors) as program:
            try:
                printed = _read(program.stdout, duration, progress) if program.stdout else b""
            except InvalidInput:
                program.kill()
                raise
        said = _end(errors)
    if program.returncode:
        log.warning("transcribe_command_failed", status=program.returncode, said=said)
        if program.returncode == -signal.SIGKILL:
            raise OSError("TRANSCRIBE_COMMAND was killed")
        raise InvalidInput(
            N_("TRANSCRIBE_COMMAND ended with status %(status)d. The site's log says why."), status=program.returncode
        )
    return printed


def _command(sound: Path) -> list[str]:
    words = [word.replace(INPUT, str(sound)) for word in setting]
    return words if any(INPUT in word for word in setting) else [*words, str(sound)]


def _started(command: list[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    path = shutil.which(command[0])
    if path is None and not Path(command[0]).exists():
        raise InvalidInput(N_("TRANSCRIBE_COMMAND: there is no %(path)s."), path=command[0])
    with suppress(OSError):  # no permission, or in no format that the system runs
        if path:
            return subprocess.Popen(  # noqa: S603  the administrator has chosen it
                [path, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                preexec_fn=partial(isolation.die_with_parent, os.getpid()),
            )
    raise InvalidInput(N_("TRANSCRIBE_COMMAND: %(path)s cannot be executed."), path=command[0])


def _read(output: IO[bytes], duration: float, progress: Callable[[float], None]) -> bytes:
    lines, size = [], 0
    while line := output.readline(_LINE):
        lines.append(line)
        size += len(line)
        if size > subtitles.LIMIT:
            raise InvalidInput(N_("TRANSCRIBE_COMMAND prints more than %(size)d MB."), size=subtitles.LIMIT // 2**20)
        end = _text(line.partition(b"-->")[2][:100]).split()[:1]
        if end and (seconds := clock.parse(end[0])) is not None:
            progress(min(99.0, 100 * seconds / max(duration, 1)))
    return b"".join(lines)


def _end(errors: IO[bytes]) -> list[str]:
    """The last lines that the program has written to standard error."""
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - _LINE))
    return [_text(line) for line in errors.read().splitlines()[-_LOGGED_LINES:]]


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip()[:500]
