"""What the demo pages are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class File:
    """A file in a slot of an item: its name, how it is made, and its texts if the slot takes several."""

    slot: str
    name: str
    make: Callable[[], bytes]
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """An item of a kind, with the values of its columns."""

    kind: str
    title: str
    fields: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Contents:
    """A page with its items in order."""

    title: str
    language: str
    text: str
    items: tuple[Item, ...]
    tags: tuple[str, ...] = ()
