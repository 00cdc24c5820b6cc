"""What a recipe is: a module of :mod:`cms.media.derivatives.recipes` with the names below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from cms.media.models import MediaFile
from cms.messages import InvalidInput

#: Is told how much is done, in per cent.
Progress = Callable[[float], None]


class Cost(StrEnum):
    """How long the work takes: seconds, or as long as it takes. The two have workers of their own."""

    FAST = "fast"
    SLOW = "slow"


class Skip(InvalidInput):
    """There is nothing to make from this file, and nothing is wrong with that. The sentence says why."""


@dataclass(frozen=True)
class MadeFile:
    """A file that a recipe has written: its name in the folder, with the extension of its type."""

    name: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Made:
    """What a recipe has made: the files, pictures from the smallest to the largest, and facts about the work."""

    files: list[MadeFile]
    facts: dict[str, Any] = field(default_factory=dict)


class Recipe(Protocol):
    """How to make a derivative.

    ``NAME`` is letters and hyphens. ``VERSION`` is raised when files that were made before have to be made again; until
    then the old ones serve. ``FIELD`` is the field of the JSON in which the files are shown.
    """

    NAME: str
    VERSION: int
    COST: Cost
    FIELD: str

    def is_for(self, media_file: MediaFile, /) -> bool:
        """Whether the derivative is to be made from this media file, as far as its columns tell."""

    def make(self, source: Path, folder: Path, progress: Progress, /) -> Made:
        """Make the derivative. This runs in a process of its own, with neither database nor network.

        Args:
            source: the media file, which is only read.
            folder: an empty folder for the files.
            progress: may be told how much is done.

        Raises:
            Skip: there is nothing to make.
            InvalidInput: something is wrong with the file, which the sentence says.
        """
