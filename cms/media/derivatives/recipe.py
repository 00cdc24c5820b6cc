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
    """How long the work takes: seconds, as long as it takes to read the whole file once, or any time.

    Slow work has its own workers, so that nothing else waits for it.
    """

    FAST = "fast"
    MEDIUM = "medium"
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
    """A file that a recipe has written.

    Args:
        name: in the folder, with the extension of its type.
        width: of a picture, in pixels.
        height: the same.
        about: what else pages show of it: the members of its object in the JSON.
        names: others of the files, whose names stand in the text of this one. When they are stored under other
            names, each is replaced by the new one.
    """

    name: str
    width: int | None = None
    height: int | None = None
    about: dict[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """What a recipe has made: files, with pictures from smallest to largest, and facts about the work."""

    files: list[MadeFile]
    facts: dict[str, Any] = field(default_factory=dict)


class Recipe(Protocol):
    """How to make a derivative.

    ``NAME`` is letters and hyphens. ``VERSION`` is raised when existing files have to be made again; the old
    ones are used until then. ``COST`` is a function if the work depends on the file. ``FIELD`` is the JSON field that
    lists the files; empty if there are none to be shown, but facts alone.
    """

    NAME: str
    VERSION: int
    COST: Cost | Callable[[MediaFile], Cost]
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


def cost(recipe: Recipe, media_file: MediaFile) -> Cost:
    """What it costs to make the derivative from this media file."""
    return recipe.COST(media_file) if callable(recipe.COST) else recipe.COST


@runtime_checkable
class Choosable(Recipe, Protocol):
    """A recipe for a poster, which follows an editor's choice."""

    def make_chosen(self, choice: Choice, source: Path, folder: Path, progress: Progress, /) -> Made:
        """Make what the editor has chosen. Otherwise this is like :meth:`make`."""


@runtime_checkable
class Following(Recipe, Protocol):
    """A recipe that starts from the files of another one, where there are any, and from the media file elsewhere.

    It is made after each time that the other one is made: its ``is_for`` finds the other one's files in ``derived``.
    So nothing ever waits for a file that may not come.
    """

    STARTS_FROM: str


@runtime_checkable
class Optional(Recipe, Protocol):
    """A recipe that a setting turns on. While it is off, it is as if there were no such recipe; what it made stays."""

    def is_on(self) -> bool:
        """Whether it is turned on."""
