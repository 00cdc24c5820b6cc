"""A body with placeholders for its counters and the site's address, which no text can imitate."""

from __future__ import annotations

import gzip
import json

import pytest

from cms.page_cache.responses import Placeholders


def test_counters_become_numbers_in_json() -> None:
    placeholders = Placeholders()
    response = placeholders.json(
        {"a": placeholders.counter(7), "b": {"c": placeholders.counter(9)}, "url": placeholders.base + "/x/"}
    )
    assert list(response.items) == [7, 9]
    assert json.loads(response.at(b"https://example.com").filled([3, 2**40])) == {
        "a": 3,
        "b": {"c": 2**40},
        "url": "https://example.com/x/",
    }


def test_counters_become_numbers_in_html() -> None:
    placeholders = Placeholders()
    response = placeholders.html(
        f"<b>{placeholders.counter(1)}</b> and <b>{placeholders.counter(2)}</b> Ж {placeholders.base}/y"
    )
    assert response.at(b"http://h").filled([5, 6]).decode() == "<b>5</b> and <b>6</b> Ж http://h/y"


def test_a_play_token_follows_its_items_after_the_counters() -> None:
    placeholders = Placeholders()
    response = placeholders.html(f"<b>{placeholders.counter(1)}</b> <i token='{placeholders.play_token('1-2')}'/> Ж")
    split = response.at(b"http://h")
    assert split.played == b"1-2"
    assert split.filled([5], b"0f0f").decode() == "<b>5</b> <i token='1-2.0f0f'/> Ж"
    assert gzip.decompress(split.gzipped([5], b"0f0f")) == split.filled([5], b"0f0f")


def test_another_token_compresses_nothing_anew() -> None:
    placeholders = Placeholders()
    split = placeholders.html(f"{placeholders.counter(1)} {placeholders.play_token('1')}").at(b"")
    split.gzipped([1], b"0f0f")
    first = split._gzipped
    assert gzip.decompress(split.gzipped([2], b"    ")) == b"2 1.    "
    assert split._gzipped is first


def test_one_response_is_filled_again_and_again() -> None:
    placeholders = Placeholders()
    response = placeholders.html(placeholders.counter(1))
    assert [response.at(b"").filled([n]) for n in (1, 2)] == [b"1", b"2"]


def test_an_editors_text_is_not_taken_for_a_placeholder() -> None:
    placeholders = Placeholders()
    text = "counter- base- counter-0123456789abcdef01234567"
    response = placeholders.json({"text": text, "counter": placeholders.counter(1)})
    assert json.loads(response.at(b"http://h").filled([4])) == {"text": text, "counter": 4}


def test_no_two_responses_share_their_placeholders() -> None:
    assert Placeholders().base != Placeholders().base


@pytest.mark.parametrize("counters", [[], [1], [1, 2, 3]])
def test_a_counter_too_few_or_too_many_is_a_fault(counters: list[int]) -> None:
    placeholders = Placeholders()
    response = placeholders.html(placeholders.counter(1) + placeholders.counter(2))
    with pytest.raises(ValueError, match="size"):
        response.at(b"").filled(counters)


def test_a_body_without_placeholders_stays() -> None:
    assert Placeholders().html("plain").at(b"http://h").filled([]) == b"plain"


def test_the_tag_is_that_of_the_content_without_counters() -> None:
    def tag(title: str, base: bytes = b"http://h") -> str:
        placeholders = Placeholders()
        return (
            placeholders.json({"title": title, "counter": placeholders.counter(1), "url": placeholders.base})
            .at(base)
            .etag
        )

    assert tag("One") == tag("One"), "though each has other placeholders"
    assert tag("One") != tag("Two")
    placeholders = Placeholders()
    texts = [f"a{placeholders.counter(1)}b", "ab"]
    assert len({placeholders.html(text).at(b"").etag for text in texts}) == 2, "where a counter stands is content"
