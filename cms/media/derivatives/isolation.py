"""Work in a separate process with limits. The process closes the connections of its parent, and dies with it.

It is a fork, because FFmpeg and Pillow are loaded already: a new interpreter would take longer than a poster.
It reports its progress and result through a pipe, as lines of JSON.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol, runtime_checkable

from PIL import Image

from cms.media.derivatives.recipe import Cost, Made, MadeFile, Progress, Recipe, Skip, cost
from cms.media.models import MediaFile
from cms.messages import N_, InvalidInput

# Seconds between two checks of the process; a lease may be as short as two.
_LOOK_SECONDS = 0.2
_GLANCE_SECONDS = 0.02
# Work that may take no longer needs its memory until it ends.
_SHORT_SECONDS = 120
_PR_SET_PDEATHSIG = 1
# Of the GNU C library's mallopt(3): memory that is free at the end of the heap, and blocks of their own, in bytes.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_is_child = False
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_TOO_LONG = N_("The work on this file was given up after %(seconds)s seconds.")


@dataclass(frozen=True)
class Limits:
    """Limits of the work.

    Args:
        seconds: in total.
        silence: seconds without any progress.
        memory: bytes on top of those that the process starts with, for it and the programs that it runs.
        output: bytes in each file that is written.
        niceness: the lowest niceness that the process runs at.
    """

    seconds: float
    silence: float
    memory: int
    output: int
    niceness: int


LIMITS = {
    Cost.FAST: Limits(seconds=120, silence=60, memory=768 * 2**20, output=64 * 2**20, niceness=0),
    Cost.MEDIUM: Limits(seconds=3600, silence=300, memory=768 * 2**20, output=8 * 2**30, niceness=10),
    Cost.SLOW: Limits(seconds=12 * 3600, silence=300, memory=1536 * 2**20, output=8 * 2**30, niceness=10),
}


@runtime_checkable
class Limited(Protocol):
    """A recipe with limits of its own."""

    LIMITS: Limits


def limits(recipe: Recipe, media_file: MediaFile) -> Limits:
    """The limits of the work on this media file: the recipe's own, or those that its cost implies."""
    return recipe.LIMITS if isinstance(recipe, Limited) else LIMITS[cost(recipe, media_file)]


class Died(OSError):
    """The process was killed, or it crashed."""


class Failed(Exception):
    """The work failed on this file unexpectedly. The text is the traceback."""


def run(
    work: Callable[[Progress], Made],
    limits: Limits,
    look: Callable[[float], None],
    glance: Callable[[int], None] = lambda group: None,
) -> Made:
    """Do work in a separate process.

    Args:
        work: called in that process.
        limits: of the work.
        look: called in this process several times a second, with the progress in percent. If it raises, the work is
            ended.
        glance: called in this process dozens of times a second, with the number of the work's process group.

    Raises:
        InvalidInput: the work has raised it, or has exceeded a limit.
        OSError: the work has raised it; :class:`Died` if its process was killed.
        Failed: the work has raised something else.
    """
    Image.init()  # loads Pillow's formats once here; otherwise each process would load them
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _be_child(work, limits, writing, parent)
    os.close(writing)
    try:
        return _watch(child, reading, limits, look, glance)
    finally:
        os.close(reading)
        for kill in (os.kill, os.killpg):  # the child may not have its group yet
            with suppress(ProcessLookupError, PermissionError):
                kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _be_child(work: Callable[[Progress], Made], limits: Limits, writing: int, parent: int) -> NoReturn:
    global _is_child
    _is_child = True
    try:
        _confine(limits, writing, parent)

        def tell(**said: Any) -> None:
            os.write(writing, json.dumps(said).encode() + b"\n")

        try:
            tell(made=asdict(work(lambda percent: tell(progress=percent))))
        except InvalidInput as refused:
            tell(refused=refused.sentence, values=refused.values, skip=isinstance(refused, Skip))
        except BaseException as error:
            number = error.errno if isinstance(error, OSError) else None
            tell(failed=traceback.format_exc(limit=-8), errno=number, is_fault=isinstance(error, OSError | MemoryError))
    finally:
        os._exit(0)  # skips the parent's exit handlers


def _confine(limits: Limits, writing: int, parent: int) -> None:
    os.setpgid(0, 0)
    die_with_parent(parent)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    for descriptor in [int(entry.name) for entry in Path("/dev/fd").iterdir()]:
        if descriptor > 2 and descriptor != writing:
            with suppress(OSError):  # the descriptor of the listing itself is closed already
                os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output, limits.output))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.niceness > os.getpriority(os.PRIO_PROCESS, 0):
        os.setpriority(os.PRIO_PROCESS, 0, limits.niceness)
    if limits.seconds <= _SHORT_SECONDS:
        _keep_memory()


def _keep_memory() -> None:
    """Have memory that was freed used again, not given back: the kernel takes long to give so many pages anew."""
    gc.freeze()  # or the collector would write to pages that are shared with the parent
    if mallopt := getattr(_LIBC, "mallopt", None):
        mallopt(_M_TRIM_THRESHOLD, 2**30)
        mallopt(_M_MMAP_THRESHOLD, 2**30)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process as soon as its parent, which has the process id ``parent``, is dead."""
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)  # the parent has died already


def end_group_with_parent() -> None:
    """Have a process of :func:`run` and all programs that it runs end as soon as its parent is dead.

    Python code ends the others, so the process must not be in the middle of long work in C.
    """
    if _LIBC and _is_child:
        signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _watch(
    child: int, reading: int, limits: Limits, look: Callable[[float], None], glance: Callable[[int], None]
) -> Made:
    """Read the messages of the process until one says how the work ended."""
    began = heard = looked = time.monotonic()
    most, progress, last, said = _memory(child) + limits.memory, 0.0, 0.0, b""
    while True:
        readable, _, _ = select.select([reading], [], [], _GLANCE_SECONDS)
        if readable:
            part = os.read(reading, 65536)
            if not part:
                raise Died("the process that worked on the file has died")
            *lines, said = (said + part).split(b"\n")
            for line in lines:
                message = json.loads(line)
                if "progress" not in message:
                    return _outcome(message)
                if message["progress"] != last:
                    last, heard = message["progress"], time.monotonic()
                    progress = max(progress, last)  # it begins again if a second way is tried
        glance(child)
        moment = time.monotonic()
        if not readable and moment < looked + _LOOK_SECONDS:
            continue
        looked = moment
        look(progress)
        if moment - began > limits.seconds:
            raise InvalidInput(_TOO_LONG, seconds=round(limits.seconds))
        if moment - heard > limits.silence:
            raise InvalidInput(_TOO_LONG, seconds=round(moment - began))
        if _memory(child) > most:
            raise InvalidInput(N_("The work on this file was given up: it takes too much memory."))


def _outcome(message: dict[str, Any]) -> Made:
    if made := message.get("made"):
        return Made([MadeFile(**file | {"names": tuple(file["names"])}) for file in made["files"]], made["facts"])
    if sentence := message.get("refused"):
        raise (Skip if message["skip"] else InvalidInput)(sentence, **message["values"])
    if message["is_fault"]:
        raise OSError(message["errno"], message["failed"])
    raise Failed(message["failed"])


def _memory(process: int) -> int:
    """The resident memory of the process and its children in bytes, including what it shares; 0 if unknown."""
    try:
        own = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * resource.getpagesize()
        children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    except (OSError, IndexError):
        return 0
    return own + sum(_memory(int(child)) for child in children)
