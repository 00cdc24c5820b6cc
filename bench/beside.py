"""Verdicts on uploads while a film is encoded for browsers, as the product runs: with a worker for each queue."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from statistics import fmean

from sqlalchemy import select

from bench import data, pages
from bench.derivatives import by_hand
from bench.movies import movie
from bench.servers import Databases, Site
from bench.table import Result, alternate, at_most
from bench.uploads import MEGABYTE, Uploader
from cms.media.derivatives.models import Derivative, DerivativeStatus
from cms.media.models import Upload
from tests.flows.client import Editor
from tests.waiting import eventually

FILM_BYTES = 100 * MEGABYTE
VERDICTS = 5
#: Encoding it takes longer than all rounds.
ENCODED_SECONDS = 1800


def beside(_names: Collection[str], _databases: Databases) -> Iterator[Result]:
    """Seconds from the row of an upload to its verdict. In every other round the worker that encodes is stopped."""
    with movie(FILM_BYTES) as film, Site() as product, tempfile.TemporaryDirectory(prefix="mf-") as folder:
        data.fill(product.engine, 1)
        product.start(*pages.PROCESSES, "worker-short", "worker-long")
        with long_film(Path(folder)).open("rb") as file:
            Editor(product).add("video", 1, "Long", {"video": ("long.avi", file)})
        uploader = Uploader(product, film)

        def verdict() -> float:
            numbers = [uploader.send()[0] for _ in range(VERDICTS)]
            for number in numbers:
                uploader.wait(number)
            with product.engine.connect() as connection:
                times = select(Upload.created_at, Upload.updated_at).where(Upload.id.in_(numbers))
                return fmean((end - start).total_seconds() for start, end in connection.execute(times))

        def busy() -> float:
            signal_session(product.processes["worker-long"].pid, signal.SIGCONT)
            return verdict()

        def quiet() -> float:
            signal_session(product.processes["worker-long"].pid, signal.SIGSTOP)
            return verdict()

        assert eventually(lambda: is_encoding(product))
        verdict()
        figures = alternate({"busy": busy, "quiet": quiet})
        assert is_encoding(product), "the film was encoded before the last round"
        signal_session(product.processes["worker-long"].pid, signal.SIGCONT)
    what = "verdict on 100 MB while a film is encoded, against without"
    yield Result(what, "s", figures["busy"], figures["quiet"], at_most(1.3))


def long_film(folder: Path) -> Path:
    """A film that browsers do not play, quickly made."""
    start, film = folder / "start.avi", folder / "long.avi"
    by_hand("-f lavfi -i testsrc2=s=1280x720:r=25 -t 10 -c:v mpeg4 -q:v 8", start)
    by_hand(f"-stream_loop {ENCODED_SECONDS // 10 - 1} -i", start, "-c copy", film)
    return film


def is_encoding(product: Site) -> bool:
    """Whether the version for browsers is being made."""
    running = (Derivative.recipe == "rendition", Derivative.status == DerivativeStatus.PROCESSING)
    with product.engine.connect() as connection:
        return connection.scalar(select(Derivative.id).where(*running, Derivative.progress > 0)) is not None


def signal_session(leader: int, number: signal.Signals) -> None:
    """Send a signal to a process that leads a session, and to all others of it: a worker, and FFmpeg that it runs."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(folder.name)) == leader:
                os.kill(int(folder.name), number)
