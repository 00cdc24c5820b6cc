"""Plays in a real browser: a player that has really played says so, once."""

from __future__ import annotations

import io
import wave

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page

from tests.flows.browsing import Watched, open_context, signed_in_as
from tests.flows.client import Editor
from tests.flows.stack import Stack
from tests.flows.test_view_flow import in_database
from tests.waiting import DEADLINE, eventually

pytestmark = pytest.mark.xdist_group("stack-media")

RATE = 8000
# Muted, since a browser plays no sound before somebody has touched the page.
START = "(player, rate) => { player.muted = true; player.playbackRate = rate; return player.play(); }"
#: Seconds that have been played, pieces together.
PLAYED = """({played}) => {
  let sum = 0;
  for (let i = 0; i < played.length; i++) sum += played.end(i) - played.start(i);
  return sum;
}"""
PAUSE = "player => new Promise((done) => { player.addEventListener('pause', done, {once: true}); player.pause(); })"
SEEK = """(player, to) => new Promise((done) => {
  player.addEventListener("seeked", done, {once: true});
  player.currentTime = to;
})"""


def sound(seconds: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(1)
        made.setframerate(RATE)
        made.writeframes(bytes((128, 130)) * (RATE * seconds // 2))
    return file.getvalue()


@pytest.fixture(scope="module")
def items(editor: Editor) -> tuple[int, int]:
    """A page with sounds of twenty and of two seconds."""
    number = editor.new_page("Played in a browser", slug="played")
    added = [
        editor.add("audio", number, f"{seconds} seconds", {"audio": (f"{seconds}.wav", sound(seconds))})
        for seconds in (20, 2)
    ]
    for state in editor.wait(*added[0].uploads, *added[1].uploads):
        assert state["status"] == "completed", state
    return added[0].id, added[1].id


class Player:
    """The player of an item on the page."""

    def __init__(self, page: Page, item: int) -> None:
        self.found: Locator = page.locator(f"[data-item='{item}'] audio")

    def played(self) -> float:
        return float(self.found.evaluate(PLAYED))

    def start(self, rate: float = 1) -> None:
        self.found.evaluate(START, rate)


def listen(page: Page) -> list[str]:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data) if request.url.endswith("/plays/") else None)
    return sent


def test_five_seconds_are_a_play_and_neither_less_nor_skipping_is(
    browser: Browser, stack: Stack, opened: dict[str, Watched], items: tuple[int, int]
) -> None:
    page = open_context(browser, stack, opened)
    sent = listen(page)
    page.goto("/played/")
    player = Player(page, items[0])
    player.start()
    assert eventually(lambda: player.played() > 0.1)
    player.found.evaluate(PAUSE)
    for to in (15, 1, 12):
        player.found.evaluate(SEEK, to)
    assert player.played() < 5
    assert sent == []
    with page.expect_response("**/plays/") as answer:
        player.start(8)
    assert answer.value.status == 204
    assert answer.value.request.header_value("cookie") is None
    assert player.played() >= 5
    assert eventually(lambda: player.found.evaluate("player => player.ended"))
    player.start(16)  # from its beginning
    assert eventually(lambda: player.found.evaluate("player => player.ended"))
    assert len(sent) == 1
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    again = requests.post(f"{stack.site}/plays/", data=sent[0], headers=form, timeout=DEADLINE)
    assert again.status_code == 409
    assert eventually(lambda: in_database(stack, items[0], "plays") == 1)


def test_half_of_a_short_one_is_a_play_for_visitors_but_not_for_editors(
    browser: Browser, stack: Stack, opened: dict[str, Watched], items: tuple[int, int], editor: Editor
) -> None:
    page = open_context(browser, stack, opened)
    page.goto("/played/")
    with page.expect_response("**/plays/") as answer:
        Player(page, items[1]).start()
    assert answer.value.status == 204
    theirs = signed_in_as(editor, open_context(browser, stack, opened))
    sent = listen(theirs)
    theirs.goto("/played/")
    player = Player(theirs, items[1])
    player.start(4)
    assert eventually(lambda: player.found.evaluate("player => player.ended"))
    assert sent == []
    assert eventually(lambda: in_database(stack, items[1], "plays") == 1)
