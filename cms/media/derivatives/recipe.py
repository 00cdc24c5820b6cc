"""The protocol of recipes. A recipe is a module of :mod:`cms.media.derivatives.recipes` with the names below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from cms.media.models import MediaFile
from cms.messages import InvalidInput

#: Reports how much is done, in percent.
Progress = Callable[[float], None]


class Cost(StrEnum):
    """How long the work takes: seconds, or any time. Each of the two has its own workers."""

    FAST = "fast"
    SLOW = "slow"


class Skip(InvalidInput):
    """There is nothing to make from this file, which is no error. The sentence says why."""


@dataclass(frozen=True)
class Choice:
    """What an editor wants as the poster: the picture at a moment, in seconds, or a picture of their own (WebP)."""

    second: float | None = None
    picture: bytes | None = None


@dataclass(frozen=True)
class MadeFile:
    """A file that a recipe has written. Its name in the folder has the extension of its type."""

    name: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Made:
    """What a recipe has made: files, with pictures from smallest to largest, and facts about the work."""

    files: list[MadeFile]
    facts: dict[str, Any] = field(default_factory=dict)


class Recipe(Protocol):
    """How to make a derivative.

    ``NAME`` is letters and hyphens. ``VERSION`` is raised when existing files have to be made again; the old
    ones are used until then. ``FIELD`` is the JSON field that lists the files.
    """

    NAME: str
    VERSION: int
    COST: Cost
    FIELD: str

    def is_for(self, media_file: MediaFile, /) -> bool:
        """Whether the derivative is to be made from this media file, as far as its columns show."""

    def make(self, source: Path, folder: Path, progress: Progress, /) -> Made:
        """Make the derivative. This runs in a process of its own, without database or network.

        Args:
            source: the media file, which must not be changed.
            folder: an empty folder for the files.
            progress: may be called to report how much is done.

        Raises:
            Skip: there is nothing to make.
            InvalidInput: something is wrong with the file. The sentence says what.
        """


@runtime_checkable
class Choosable(Recipe, Protocol):
    """A recipe for a poster, which follows an editor's choice."""

    def make_chosen(self, choice: Choice, source: Path, folder: Path, progress: Progress, /) -> Made:
        """Make what the editor has chosen. Otherwise this is like :meth:`make`."""
