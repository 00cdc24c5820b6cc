"""What recipes make, in a process of its own as in a worker, compared with FFmpeg's program doing the same by hand."""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

from bench.servers import Databases
from bench.table import Result, alternate, at_most
from cms.media.derivatives import ffmpeg, isolation
from cms.media.derivatives.recipe import Cost, Recipe
from cms.media.derivatives.recipes import recipes

HOUR = 3600
FILM_BYTES = 700 * 10**6
#: How many seconds are encoded: in a minute the start of a process does not count.
ENCODED_SECONDS = 60
# With H.264, 6 Mbit/s: as many as films of that size have.
_PICTURES = "-f lavfi -i testsrc2=s=1280x720:r=25,noise=alls=4:allf=t -f lavfi -i sine=f=440:r=48000"
_H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 50 -c:a aac"


def derivatives(_names: Collection[str], _databases: Databases) -> Iterator[Result]:
    """Poster of an hour of film, waveform of an hour of MP3, and versions for browsers: copied, and encoded."""
    with tempfile.TemporaryDirectory(prefix="mf-") as name:
        folder = Path(name)
        start = folder / "start.mp4"
        by_hand(_PICTURES, "-t 10", _H264, start)
        hour = folder / "hour.mp4"
        by_hand(f"-stream_loop {HOUR // 10 - 1} -i", start, "-c copy -movflags +faststart", hour)
        seek = f"-ss {HOUR // 10} -i"
        yield from compared(
            "poster of an hour of film", "poster", Cost.FAST, hour, folder, 1.0, seek, hour, "-frames:v 1", ".jpg"
        )
        hour.unlink()

        tone, sound = folder / "tone.mp3", folder / "hour.mp3"
        by_hand("-f lavfi -i anoisesrc=r=44100:a=0.3:d=60 -ac 2 -c:a libmp3lame", tone)
        by_hand(f"-stream_loop {HOUR // 60 - 1} -i", tone, "-c copy", sound)
        yield from compared(
            "waveform of an hour of MP3", "waveform", Cost.MEDIUM, sound, folder, 2.0, "-i", sound, "-f null", ""
        )
        sound.unlink()

        film = folder / "film.mkv"
        by_hand(f"-stream_loop {FILM_BYTES // start.stat().st_size} -i", start, "-c copy", film)
        copied = "-c copy -movflags +faststart"
        what = "version for browsers, 700 MB copied"
        yield from compared(what, "rendition", Cost.SLOW, film, folder, 1.2, "-i", film, copied, ".mp4")

        by_hand(_PICTURES, f"-t {ENCODED_SECONDS} -c:v mpeg4 -q:v 3 -c:a ac3", film)
        encoded = (
            "-c:v libx264 -preset veryfast -crf 23 -threads 2 -pix_fmt yuv420p -c:a aac -b:a 80k -movflags +faststart"
        )
        what = "version for browsers, a minute encoded"
        yield from compared(what, "rendition", Cost.SLOW, film, folder, 1.1, "-i", film, encoded, ".mp4")


def by_hand(*arguments: object, niceness: int = 0) -> None:
    """Run FFmpeg's program. Each argument is a path, or a string of words."""
    words = [word for argument in arguments for word in (argument.split() if isinstance(argument, str) else [argument])]
    nice = ["nice", "-n", str(niceness)]
    subprocess.run([*nice, _program(), "-nostdin", "-loglevel", "error", "-y", *words], check=True)


@cache
def _program() -> str:
    """FFmpeg's path, asked for once: to ask starts the program, which is no part of what is measured."""
    return ffmpeg.find()


def compared(
    what: str, recipe: str, cost: Cost, source: Path, folder: Path, most: float, *arguments: object
) -> Iterator[Result]:
    """Two rows: the seconds that a recipe takes for a file and those of FFmpeg's program, and their processor time.

    Both run at the niceness that the recipe has in a worker. The last argument is the extension of the file that the
    program makes; if it is empty, the program makes none.
    """
    *words, extension = arguments
    limits, numbers = isolation.LIMITS[cost], count()

    def ours() -> Taken:
        made = folder / str(next(numbers))
        made.mkdir()
        taken = timed(partial(make, recipes()[recipe], limits, source, made))
        shutil.rmtree(made)
        return taken

    def theirs() -> Taken:
        target = folder / f"reference{extension}" if extension else "-"
        taken = timed(partial(by_hand, *words, target, niceness=limits.niceness))
        (folder / f"reference{extension}").unlink(missing_ok=True)
        return taken

    ours(), theirs()
    figures = alternate({"product": ours, "reference": theirs})
    seconds, processor = zip(*figures["product"], strict=True)
    their_seconds, their_processor = zip(*figures["reference"], strict=True)
    yield Result(what, "s", seconds, their_seconds, at_most(most))
    yield Result(f"{what}: processor time", "s", processor, their_processor, at_most(most))


def make(recipe: Recipe, limits: isolation.Limits, source: Path, folder: Path) -> None:
    """Make a derivative as a worker does."""
    isolation.run(partial(recipe.make, source, folder), limits, lambda _progress: None)


class Taken(NamedTuple):
    """What work took: seconds by the clock, and those of the processors in other processes."""

    seconds: float
    processor: float


def timed(work: Callable[[], None]) -> Taken:
    used, started = _used(), time.perf_counter()
    work()
    return Taken(time.perf_counter() - started, _used() - used)


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
