"""What differs between two revisions: texts by words, items by their ids."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from cms.pages.markup import addresses
from cms.pages.snapshots import PAGE_FIELDS, SCHEDULE, ItemSnapshot, PageSnapshot

#: Texts with more words are compared by lines: by words that would take seconds.
MOST_WORDS = 2000

#: Parts of a text, each with whether the other text lacks it.
Parts = list[tuple[str, bool]]


@dataclass(frozen=True)
class Difference:
    """A field that has another value: what it was, and what it is."""

    name: str
    before: Parts
    after: Parts


@dataclass(frozen=True)
class ItemDifference:
    """An item that is new, gone or another one.

    ``places`` are its positions before and after, from 1, if it has moved among the items that are on both sides.
    """

    before: ItemSnapshot | None
    after: ItemSnapshot | None
    places: tuple[int, int] | None = None
    fields: list[Difference] = field(default_factory=list)
    has_other_files: bool = False

    @property
    def item(self) -> ItemSnapshot:
        """The item as it is, or was."""
        found = self.after or self.before
        assert found  # noqa: S101 - one of them is there
        return found

    @property
    def is_different(self) -> bool:
        """Whether there is anything to say of it."""
        return bool(not self.before or not self.after or self.places or self.fields or self.has_other_files)


@dataclass(frozen=True)
class Comparison:
    """What differs between two states of a page."""

    fields: list[Difference]
    items: list[ItemDifference]

    def __bool__(self) -> bool:
        return bool(self.fields or self.items)


def compare(before: PageSnapshot, after: PageSnapshot) -> Comparison:
    """What differs between a page before and after. Items come in their later order, those that are gone at the end."""
    old = {item["id"]: item for item in before["items"]}
    new = {item["id"]: item for item in after["items"]}
    both = [id_ for id_ in old if id_ in new], [id_ for id_ in new if id_ in old]
    moved = {id_: (list(old).index(id_) + 1, list(new).index(id_) + 1) for id_ in _moved(*both)}
    items = [_item(old.get(id_), item, moved.get(id_)) for id_, item in new.items()]
    items += [ItemDifference(item, None) for id_, item in old.items() if id_ not in new]
    times = [name for name in SCHEDULE if name in before and name in after]
    return Comparison(_fields((*PAGE_FIELDS, *times), before, after), [item for item in items if item.is_different])


def words(before: str, after: str) -> tuple[Parts, Parts]:
    """Two texts in parts, each with whether the other one lacks it."""
    old, new = _tokens(before, r"\s+|\w+|[^\w\s]"), _tokens(after, r"\s+|\w+|[^\w\s]")
    if max(len(old), len(new)) > MOST_WORDS:
        old, new = _tokens(before, r".*\n|.+$"), _tokens(after, r".*\n|.+$")
    parts: tuple[Parts, Parts] = ([], [])
    for kind, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for side, text in zip(parts, ("".join(old[old_start:old_end]), "".join(new[new_start:new_end])), strict=True):
            if text:
                side.append((text, kind != "equal"))
    return parts


def _item(before: ItemSnapshot | None, after: ItemSnapshot, places: tuple[int, int] | None) -> ItemDifference:
    if before is None:
        return ItemDifference(None, after)
    changed = _fields(("title", "language", "is_active"), before, after)
    changed += _fields(dict.fromkeys([*before["fields"], *after["fields"]]), before["fields"], after["fields"])
    shown = [[(file["place"], file["media_file"], file["texts"]) for file in item["files"]] for item in (before, after)]
    return ItemDifference(before, after, places, changed, shown[0] != shown[1])


def _fields(names: Any, before: Any, after: Any) -> list[Difference]:
    changed = [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
    told = {"sharing_picture": lambda text: ", ".join(addresses(text))}
    texts = [(name, *map(told.get(name, _text), (old, new))) for name, old, new in changed]
    return [Difference(name, *words(old, new)) for name, old, new in texts]


def _moved(before: list[int], after: list[int]) -> set[int]:
    """The fewest ids that have to move to make one order of the other."""
    stay: set[int] = set()
    for start, _, size in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        stay.update(before[start : start + size])
    return set(after) - stay


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "✓" if value else "—"
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)


def _tokens(text: str, pattern: str) -> list[str]:
    return re.findall(pattern, text)
