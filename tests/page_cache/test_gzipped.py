"""A gzip stream of parts that are compressed once, and counters that are new each time."""

from __future__ import annotations

import gzip
import subprocess
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.page_cache.responses import SplitBody

WORDS = b"Some words that come again and again. "


def split(*parts: bytes) -> SplitBody:
    return SplitBody(b"token", parts)


@given(
    parts=st.lists(st.text(st.sampled_from("abcЖ<0123456789"), max_size=40), min_size=1, max_size=8),
    readings=st.lists(st.lists(st.integers(0, 2**63 - 1), min_size=7, max_size=7), min_size=1, max_size=4),
)
def test_what_comes_out_is_the_body(parts: list[str], readings: list[list[int]]) -> None:
    """This holds whatever text the parts repeat, and whatever digits the counters have in successive readings."""
    body = split(*(part.encode() for part in parts))
    for reading in readings:
        counters = reading[: len(parts) - 1]
        assert gzip.decompress(body.gzipped(counters)) == body.filled(counters)


@pytest.mark.parametrize(
    "parts", [[b""], [b"", b""], [b"", b"", b"", b""], [b"a", b"", b"b"], [WORDS * 3000, b"", WORDS]]
)
def test_parts_of_no_or_many_bytes(parts: list[bytes]) -> None:
    counters = [12345] * (len(parts) - 1)
    assert gzip.decompress(split(*parts).gzipped(counters)) == split(*parts).filled(counters)


def test_it_is_one_member_and_nothing_after_it() -> None:
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
    body = split(WORDS, WORDS, WORDS)
    assert decompressor.decompress(body.gzipped([1, 23])) == body.filled([1, 23])
    assert (decompressor.eof, decompressor.unused_data) == (True, b"")


def test_other_programs_take_it_too() -> None:
    body = split(WORDS * 10, WORDS, WORDS * 1000, WORDS)
    for counters in ([0, 9, 99], [7, 10, 1234567]):
        run = subprocess.run(["gzip", "-dc"], input=body.gzipped(counters), capture_output=True, check=True)
        assert run.stdout == body.filled(counters)


def test_parts_are_compressed_anew_only_for_another_number_of_digits() -> None:
    body = split(WORDS, WORDS, WORDS)
    body.gzipped([10, 100])
    first = body._gzipped
    body.gzipped([99, 999])
    assert body._gzipped is first
    body.gzipped([100, 999])
    assert body._gzipped is not first


def test_what_one_part_repeats_of_another_costs_little() -> None:
    parts = [WORDS * 4] * 100
    whole = gzip.compress(b"1234".join(parts))
    assert len(split(*parts).gzipped([1234] * 99)) < len(whole) + 99 * 20


@pytest.mark.parametrize("counters", [[], [1], [1, 2, 3]])
def test_a_counter_too_few_or_too_many_is_a_fault(counters: list[int]) -> None:
    with pytest.raises(ValueError, match="size"):
        split(WORDS, WORDS, WORDS).gzipped(counters)
