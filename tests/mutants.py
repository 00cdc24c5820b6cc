"""Mutation testing: faults are put into the code, one at a time, and the module's tests should notice each.

``make mutants``, with ``MINUTES`` (60) after which no more are tried, the ``SEED`` of their order, and ``MODULES``
(such as ``"uploads buffer"``) to try some of them. mutmut makes the faults. Its own runner is not used, because it
leaves out code outside functions, and keeps the tests' modules from one run to the next. Only copies of the tree
change.
"""

from __future__ import annotations

import difflib
import itertools
import os
import random
import signal
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import pytest
from libcst import Module, SimpleString
from mutmut.configuration import config
from mutmut.mutation.file_mutation import Mutation, create_mutations

from tests.forked import Tree, load_what_others_have_written

ALSO = tomllib.loads(Path("tests/mutants.toml").read_text())
SURVIVORS = Path("var/mutants.txt")
#: Most faults show on SQLite. The others are tried on PostgreSQL, which starts slowly.
DATABASES = ("not postgresql", "postgresql")

tree = cache(Tree)  # one for each process


@dataclass(frozen=True)
class Mutant:
    """A file with one fault."""

    path: Path
    whole: Module
    mutation: Mutation

    def source(self) -> str:
        mutated = self.whole.deep_replace(self.mutation.original_node, self.mutation.mutated_node)
        assert isinstance(mutated, Module)
        return mutated.code

    def diff(self) -> str:
        lines = self.whole.code.splitlines(), self.source().splitlines()
        return "\n".join(difflib.unified_diff(*lines, str(self.path), "mutant", n=2, lineterm=""))


def mutants(modules: list[str]) -> Iterator[Mutant]:
    for folder in config().source_paths:
        for path in sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]:
            if path.stem != "models" and (not modules or module_name(path) in modules):
                whole, mutations, *_ = create_mutations(str(path), path.read_text())
                yield from (Mutant(path, whole, mutation) for mutation in mutations if not is_of_case(mutation))


def is_of_case(mutation: Mutation) -> bool:
    """Whether only the case of a text differs: SQL ignores case, and each text also gets another fault."""
    before, after = mutation.original_node, mutation.mutated_node
    if isinstance(before, SimpleString) and isinstance(after, SimpleString):
        return before.value.lower() == after.value.lower()
    return False


def module_name(path: Path) -> str:
    is_of_package = path.stem == "__init__" or path.parent.name in ("subtitles", "storage")
    return path.parent.name if is_of_package else path.stem


def tests_of(path: Path) -> list[str]:
    name = module_name(path)
    room = f"{path.parts[1]}/" if len(path.parts) > 2 else ""
    patterns = (f"{room}test_{name}*", *ALSO.get(name, ()))
    files = [str(file) for pattern in patterns for file in sorted(Path("tests").glob(f"{pattern}.py"))]
    return list(dict.fromkeys(files))


def seconds_of(tests: str) -> dict[str, float]:
    """The seconds that a test file takes on each database that it needs."""
    seconds = {}
    for database in DATABASES:
        begun = time.monotonic()
        status = tree().run(["-k", database, tests], 600)
        if status == pytest.ExitCode.OK:
            seconds[database] = time.monotonic() - begun
        elif status != pytest.ExitCode.NO_TESTS_COLLECTED:
            raise RuntimeError(f"{tests} fails without a fault:\n{tree().log.read_text()}")
    return seconds


def verdict_on(number: int, seconds: dict[str, dict[str, float]]) -> str:
    if time.monotonic() > UNTIL:
        return "not tried"
    mutant = MADE[number]
    file = tree().root / mutant.path
    file.write_text(mutant.source())
    try:
        for database in DATABASES:
            if tests := [name for name in tests_of(mutant.path) if database in seconds[name]]:
                limit = 3 * sum(seconds[name][database] for name in tests) + 10
                status = tree().run(["-k", database, *tests], limit)
                if status != pytest.ExitCode.OK:
                    return "timed out" if status is None else "killed"
        return "survived"
    finally:
        file.write_text(mutant.whole.code)


def main(folder: str) -> None:
    Path(folder).chmod(0o711)  # the account of PostgreSQL has a folder inside
    tempfile.tempdir = folder
    load_what_others_have_written()
    counts: Counter[str] = Counter()
    SURVIVORS.parent.mkdir(exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count(), get_context("fork")) as pool, SURVIVORS.open("w") as file:
        tests = sorted({name for mutant in MADE for name in tests_of(mutant.path)})
        seconds = dict(zip(tests, pool.map(seconds_of, tests), strict=True))
        verdicts = pool.map(verdict_on, range(len(MADE)), itertools.repeat(seconds))
        for mutant, verdict in zip(MADE, verdicts, strict=True):
            counts[verdict] += 1
            if verdict in ("survived", "timed out"):
                print(f"# {verdict}\n{mutant.diff()}\n", file=file, flush=True)
    tried = counts["killed"] + counts["survived"] + counts["timed out"]
    print(f"{tried} tried:", *(f"{counts[name]} {name}," for name in ("killed", "survived", "timed out")), end=" ")
    print(f"score {100 * (1 - counts['survived'] / max(tried, 1)):.1f} %. Survivors: {SURVIVORS}")


if __name__ == "__main__":
    UNTIL = time.monotonic() + 60 * float(os.environ.get("MINUTES") or 60)
    SEED = int(os.environ.get("SEED") or random.randrange(10**6))
    os.environ.pop("PYTHONPATH", None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    MADE = list(mutants(os.environ.get("MODULES", "").split()))
    random.Random(SEED).shuffle(MADE)
    print(f"{len(MADE)} made, SEED={SEED}", flush=True)
    with tempfile.TemporaryDirectory(prefix="mf-") as folder:
        main(folder)
