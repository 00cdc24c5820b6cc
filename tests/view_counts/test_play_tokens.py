"""Play tokens: what the site has issued counts for the items of its page and for its time, and nothing else does."""

from __future__ import annotations

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cms.view_counts import play_tokens
from cms.view_counts.buffer import Count
from cms.view_counts.play_tokens import PlayTokens, TokenError, listed

TOKENS = PlayTokens("secret")
ITEMS = listed([12, 3, 145])


def issued(items: str = ITEMS, tokens: PlayTokens = TOKENS) -> str:
    return f"{items}.{tokens.end(items.encode(), Count.VIEW).decode()}"


ISSUED = issued()


def test_each_token_counts_each_item_of_its_page() -> None:
    nonces = [TOKENS.nonce(token, item) for token in (ISSUED, issued()) for item in (12, 3, 145)]
    assert nonces[0] != nonces[3]
    assert nonces == [nonces[0]] * 3 + [nonces[3]] * 3


@pytest.mark.parametrize("item", [1, 2, 45, 14, 1214])
def test_no_other_item_is_counted(item: int) -> None:
    with pytest.raises(TokenError, match="without this item"):
        TOKENS.nonce(ISSUED, item)


def test_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    token, now = issued(), time.time()
    monkeypatch.setattr(time, "time", lambda: now + play_tokens.TOKEN_SECONDS - 2)
    assert TOKENS.nonce(token, 12)
    monkeypatch.setattr(time, "time", lambda: now + play_tokens.TOKEN_SECONDS + 2)
    with pytest.raises(TokenError, match="expired"):
        TOKENS.nonce(token, 12)


@given(place=st.integers(0, len(ISSUED) - 1), text=st.text(max_size=3))
def test_a_token_that_was_tampered_with_counts_nothing(place: int, text: str) -> None:
    forged = ISSUED[:place] + text + ISSUED[place + 1 :]
    assume(forged != ISSUED)
    for item in (12, 3, 145):
        with pytest.raises(TokenError):
            TOKENS.nonce(forged, item)


@given(text=st.text(st.sampled_from("0123456789abcdef-. ٣é\n"), max_size=80))
def test_what_the_site_has_not_issued_counts_nothing(text: str) -> None:
    with pytest.raises(TokenError, match="not from a page"):
        TOKENS.nonce(text, 3)


def test_the_items_of_one_token_do_not_go_with_the_end_of_another() -> None:
    forged = f"7.{issued().partition('.')[2]}"
    with pytest.raises(TokenError, match="not from a page"):
        TOKENS.nonce(forged, 7)


def test_another_site_issues_others() -> None:
    with pytest.raises(TokenError, match="not from a page"):
        TOKENS.nonce(issued(tokens=PlayTokens("another secret")), 3)


@pytest.mark.parametrize("count", [Count.NOTHING, Count.BOT_VIEW])
def test_who_is_not_counted_gets_a_blank_of_the_same_length(count: Count) -> None:
    blank = TOKENS.end(ITEMS.encode(), count)
    assert not blank.strip()
    assert len(blank) == len(TOKENS.end(ITEMS.encode(), Count.VIEW))
    with pytest.raises(TokenError, match="not from a page"):
        TOKENS.nonce(f"{ITEMS}.{blank.decode()}", 3)
