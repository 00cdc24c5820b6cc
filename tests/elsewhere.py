"""Run work with its own app in its own process: all apps of a process share the extensions.

The process is forked from one that has already imported the app's modules, because importing them takes more than a
second in a new Python. (It is not a child of pytest's process: forking that one, with its threads, would be unsafe.)
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import config
from cms import ROOT, create_app

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["deploy.run", "deploy.worker", "gunicorn.app.wsgiapp", "celery.bin.celery", "celery.apps.worker", __name__]
)


def elsewhere(work: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of a module there, and return or raise what it returns or raises."""
    with ProcessPoolExecutor(1, _CONTEXT) as process:
        return process.submit(work, *arguments).result()


def flask(environ: Mapping[str, str], *words: str) -> tuple[int, str]:
    """Run ``flask …``, and return its exit status and output."""
    return elsewhere(_flask, dict(environ), words)


def _flask(environ: dict[str, str], words: tuple[str, ...]) -> tuple[int, str]:
    done = create_app(config.load(environ)).test_cli_runner().invoke(args=words)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def program(environ: Mapping[str, str], words: Sequence[str], log: Path, errors: Path | None = None) -> BaseProcess:
    """Start ``python -m …`` in its own session. Its output is appended to ``log`` and ``errors``.

    Its entry in ``/proc`` still shows the command line and environment of the process from which it was forked.
    """
    process = _CONTEXT.Process(target=_become, args=(dict(environ), [*words], log, errors or log), daemon=True)
    process.start()
    return process


def _become(environ: dict[str, str], words: list[str], log: Path, errors: Path) -> None:
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environ)
    for stream, path in ((1, log), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOCTTY), stream)
    if "LD_PRELOAD" in environ:  # only a new start loads it
        os.execve(sys.executable, [sys.executable, "-m", *words], environ)
    sys.argv = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)
