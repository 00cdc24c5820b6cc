"""A body with open places for its counters and this site's address, and nothing else that could be taken for one."""

from __future__ import annotations

import json

import pytest

from cms.page_cache.renditions import Marks


def test_counters_become_numbers_in_json() -> None:
    marks = Marks()
    rendition = marks.json({"a": marks.counter(7), "b": {"c": marks.counter(9)}, "url": marks.base + "/x/"})
    assert list(rendition.items) == [7, 9]
    assert json.loads(rendition.cut(b"https://example.com").filled([3, 2**40])) == {
        "a": 3,
        "b": {"c": 2**40},
        "url": "https://example.com/x/",
    }


def test_counters_become_numbers_in_html() -> None:
    marks = Marks()
    rendition = marks.html(f"<b>{marks.counter(1)}</b> and <b>{marks.counter(2)}</b> Ж {marks.base}/y")
    assert rendition.cut(b"http://h").filled([5, 6]).decode() == "<b>5</b> and <b>6</b> Ж http://h/y"


def test_one_rendition_is_filled_again_and_again() -> None:
    marks = Marks()
    rendition = marks.html(marks.counter(1))
    assert [rendition.cut(b"").filled([n]) for n in (1, 2)] == [b"1", b"2"]


def test_an_editors_text_is_not_taken_for_a_mark() -> None:
    marks = Marks()
    text = "counter- base- counter-0123456789abcdef01234567"
    rendition = marks.json({"text": text, "counter": marks.counter(1)})
    assert json.loads(rendition.cut(b"http://h").filled([4])) == {"text": text, "counter": 4}


def test_no_two_renditions_share_their_marks() -> None:
    assert Marks().base != Marks().base


@pytest.mark.parametrize("counters", [[], [1], [1, 2, 3]])
def test_a_counter_too_few_or_too_many_is_a_fault(counters: list[int]) -> None:
    marks = Marks()
    rendition = marks.html(marks.counter(1) + marks.counter(2))
    with pytest.raises(ValueError, match="size"):
        rendition.cut(b"").filled(counters)


def test_a_body_without_marks_stays() -> None:
    assert Marks().html("plain").cut(b"http://h").filled([]) == b"plain"


def test_the_tag_is_that_of_the_content_without_counters() -> None:
    def tag(title: str, base: bytes = b"http://h") -> str:
        marks = Marks()
        return marks.json({"title": title, "counter": marks.counter(1), "url": marks.base}).cut(base).etag

    assert tag("One") == tag("One"), "though each has other marks"
    assert tag("One") != tag("Two")
    marks = Marks()
    texts = [f"a{marks.counter(1)}b", "ab"]
    assert len({marks.html(text).cut(b"").etag for text in texts}) == 2, "where a counter stands is content"
