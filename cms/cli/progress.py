"""Progress on a terminal."""

from __future__ import annotations

import sys
from typing import Any

import click


def progress(label: str, length: int) -> Any:
    """A progress bar on standard error; nothing if that is no terminal."""
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())
