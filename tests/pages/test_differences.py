"""What differs between two states of a page."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.pages import differences
from cms.pages.differences import compare, words
from cms.pages.snapshots import ItemSnapshot, PageSnapshot


def item(id_: int, **values: Any) -> ItemSnapshot:
    plain: Any = {"kind": "text", "title": f"Item {id_}", "language": None, "order": 1, "is_active": True}
    found: ItemSnapshot = {"id": id_, "fields": {"text": ""}, "files": [], **plain, **values}
    return found


def page(*items: ItemSnapshot, **values: Any) -> PageSnapshot:
    plain: Any = {"title": "Dawn", "slug": "dawn", "text": "", "language": None, "is_published": True, **values}
    found: PageSnapshot = {"items": list(items), **plain}
    return found


def test_texts_are_compared_by_words() -> None:
    before, after = words("one two three", "one 2 three four")
    assert before == [("one ", False), ("two", True), (" three", False)]
    assert after == [("one ", False), ("2", True), (" three", False), (" four", True)]


@given(st.text(), st.text())
def test_no_part_of_a_text_is_lost(old: str, new: str) -> None:
    before, after = words(old, new)
    assert ("".join(part for part, _ in before), "".join(part for part, _ in after)) == (old, new)
    assert [part for part, lacks in before if not lacks] == [part for part, lacks in after if not lacks]


def test_long_texts_are_compared_by_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "MOST_WORDS", 4)
    assert words("a b\nc d\n", "a b\nc e\n")[1] == [("a b\n", False), ("c e\n", True)]


def test_the_same_differs_in_nothing() -> None:
    assert not compare(page(item(1), item(2)), page(item(1), item(2)))


def test_one_item_that_moves_moves_alone() -> None:
    found = compare(page(*map(item, (1, 2, 3, 4))), page(*map(item, (4, 1, 2, 3))))
    assert [(difference.item["id"], difference.places) for difference in found.items] == [(4, (4, 1))]


def test_items_are_new_gone_or_changed() -> None:
    file: Any = {"place": "video", "position": 0, "media_file": 1, "upload": 2, "texts": None, "encoding": None}
    before = page(item(1), item(2, files=[file]), item(3), title="Dawn")
    after = page(item(2, files=[{**file, "media_file": 5}]), item(3, fields={"text": "New"}), item(4), title="Dusk")
    found = compare(before, after)
    assert [difference.name for difference in found.fields] == ["title"]
    told = [
        (d.item["id"], bool(d.before), bool(d.after), [field.name for field in d.fields], d.has_other_files)
        for d in found.items
    ]
    assert told == [
        (2, True, True, [], True),
        (3, True, True, ["text"], False),
        (4, False, True, [], False),
        (1, True, False, [], False),
    ]
