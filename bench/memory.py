"""The memory of a process that probes small files and has derivatives made of them, as the fast worker does."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Collection, Iterator
from functools import partial
from itertools import cycle, islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from bench.servers import Databases
from bench.table import Result, at_most
from cms.media import probe
from cms.media.derivatives import isolation
from cms.media.derivatives.recipe import Cost
from cms.media.derivatives.recipes import recipes
from tests import mediabytes

FEW, MANY = 100, 1_000
_RECIPES = {
    "video.mp4": "poster",
    "silent.webm": "poster",
    "cover.m4a": "cover",
    "sound.mp3": "waveform",
    "picture.png": "picture",
    "document.pdf": "first-page",
}


def memory(_names: Collection[str], _databases: Databases) -> Iterator[Result]:
    """Resident memory after many files, compared with that after a few."""
    with tempfile.TemporaryDirectory(prefix="mf-") as folder:
        mediabytes.make_all(Path(folder))
        ours, theirs = get_context("spawn").Pipe(duplex=False)
        process = get_context("spawn").Process(target=work, args=(Path(folder), theirs))
        process.start()
        theirs.close()
        few, many = ours.recv(), ours.recv()
        process.join()
    what = f"memory of a worker after {MANY:,} small files, against {FEW} files"
    yield Result(what, "MB", [many], [few], at_most(1.2))


def work(folder: Path, told: Connection) -> None:
    """Work on files of all kinds in turn. Tell the megabytes after a few of them, and at the end."""
    for number, (name, recipe) in enumerate(islice(cycle(_RECIPES.items()), MANY), 1):
        probe.probe(folder / name)
        with tempfile.TemporaryDirectory(dir=folder) as made:
            making = partial(recipes()[recipe].make, folder / name, Path(made))
            isolation.run(making, isolation.LIMITS[Cost.FAST], lambda _progress: None)
        if number in (FEW, MANY):
            pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
            told.send(pages * resource.getpagesize() / 1e6)
