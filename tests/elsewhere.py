"""Work with an app of its own, in a process of its own: extensions are shared by all apps of a process.

The process is forked from one that has the app's modules imported already, which takes no time. (It is no child of
pytest's process: to fork that one, with its threads, would be luck.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import config
from cms import create_app

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["deploy.run", __name__])


def elsewhere(work: Callable[..., Any], *arguments: Any) -> Any:
    """What a function of a module returns, or raises, when it is called there."""
    with ProcessPoolExecutor(1, _CONTEXT) as process:
        return process.submit(work, *arguments).result()


def flask(environ: Mapping[str, str], *words: str) -> tuple[int, str]:
    """``flask …``: its exit status, and what it has printed."""
    return elsewhere(_flask, dict(environ), words)


def _flask(environ: dict[str, str], words: tuple[str, ...]) -> tuple[int, str]:
    done = create_app(config.load(environ)).test_cli_runner().invoke(args=words)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout
