"""Cues, and the WebVTT that is written from them.

Source: https://www.w3.org/TR/webvtt1/ (section 4, the file's structure).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cue:
    """What is shown from ``start`` to ``end``, in milliseconds; ``text`` is WebVTT, with tags and escapes."""

    start: int
    end: int
    text: str
    identifier: str = ""
    settings: str = ""

    def __str__(self) -> str:
        timing = f"{_timestamp(self.start)} --> {_timestamp(self.end)} {self.settings}".rstrip()
        return "\n".join(filter(None, (self.identifier, timing, self.text)))


@dataclass(frozen=True)
class Track:
    """A file: its header from ``WEBVTT`` on, then cues, and NOTE, STYLE and REGION blocks as written."""

    header: str
    blocks: list[Cue | str]

    @property
    def cues(self) -> list[Cue]:
        """The cues without the blocks."""
        return [block for block in self.blocks if isinstance(block, Cue)]

    def __str__(self) -> str:
        return "\n\n".join([self.header, *map(str, self.blocks)]) + "\n"


def _timestamp(milliseconds: int) -> str:
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"
