"""``python -m bench [ROW ...]``: measure the named rows, or all, and print the table."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import beside, counting, derivatives, editing, files, known, load, memory, pages, scale, uploads
from bench.servers import Databases, databases
from bench.table import ROUNDS, Result, lines

Group = Callable[[Collection[str], Databases], Iterator[Result]]

#: The rows by name. Rows with the same function share its servers and rounds.
ROWS: dict[str, Group] = {
    "detail": pages.cached,
    "list": pages.cached,
    "html": pages.cached,
    "detail-gzip": pages.cached,
    "list-gzip": pages.cached,
    "nocache": pages.built,
    "digest": files.digest,
    "verdict": files.verdict,
    "upload": uploads.upload,
    "resumable": uploads.resumable,
    "known": known.known,
    "p99": uploads.p99,
    "lists": scale.scale,
    "admin": scale.scale,
    "autosave": editing.editing,
    "screen": editing.editing,
    "flush": counting.flush,
    "beside": beside.beside,
    "derivatives": derivatives.derivatives,
    "memory": memory.memory,
}


def main() -> int:
    """Run the benchmarks. Return the exit status: 0 if every target is met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"one of: {', '.join(ROWS)}; all of them if none")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every round there, too")
    options = parser.parse_args()
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    names = options.rows or list(ROWS)
    print(f"{os.cpu_count()} processors, load by {load.generator()}, {ROUNDS} alternating rounds", flush=True)
    started, results = time.monotonic(), []
    with databases() as found:
        if "PostgreSQL" not in found.names:
            print("There is no PostgreSQL here: its rows are left out.")
        for group in dict.fromkeys(ROWS[name] for name in names):
            for result in group(names, found):
                results.append(result)
                print(f"  {time.monotonic() - started:4.0f} s  {result.what}: {result.ratio:.2f}", flush=True)
    print("", *lines(results), "", sep="\n")
    if options.json:
        measured = {"at": datetime.now(UTC).isoformat(), "processors": os.cpu_count(), "load": load.generator()}
        options.json.write_text(json.dumps({**measured, "rows": [result.plain() for result in results]}, indent=1))
    return not all(result.met for result in results)


if __name__ == "__main__":
    sys.exit(main())
