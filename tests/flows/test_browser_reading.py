"""Visitors in a real browser: they read what cannot be played, cannot tick tasks, and can print pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.flows.browsing import Watched, open_context
from tests.flows.client import Editor, Visitor
from tests.flows.stack import Stack

CANNOT = "Your browser cannot play this video."
# Does not wait: the promise of a player whose sources all fail is never settled.
PLAY = "video => { video.play().catch(() => {}) }"


@pytest.fixture(scope="module")
def page_id(editor: Editor, stack: Stack, media_files: dict[str, Path]) -> int:
    """A page with a playable video, a video that no browser plays, and links to that one."""
    number = editor.new_page("Read in a browser", slug="read", text="- [x] done\n- [ ] to do: www.example.com\n")
    for name in ("video.webm", "video.ts"):
        video = editor.add("video", number, name, {"video": (name, media_files[name].read_bytes())})
        assert editor.wait(*video.uploads)[0]["status"] == "completed"
    link = stack.site + Visitor(stack).items(number)[1]["video_path"]
    editor.add("video", number, "A link", video_url=link)
    editor.add("video", number, "A link with subtitles", video_url=link, subtitles_url=f"{stack.site}/healthz")
    editor.add("audio", number, "A sound elsewhere", audio_url="https://example.com/a.mp3")
    return number


def section(page: Page, title: str) -> Locator:
    return page.locator("section.item").filter(has=page.get_by_role("heading", name=title, exact=True))


def test_what_cannot_be_played_says_so_where_it_stands(
    browser: Browser, stack: Stack, opened: dict[str, Watched], page_id: int
) -> None:
    page = open_context(browser, stack, opened)
    page.goto("/read/")
    expect(section(page, "video.webm").get_by_text(CANNOT)).to_be_hidden()
    for title in ("A link", "A link with subtitles"):
        found = section(page, title)
        expect(found.get_by_text(CANNOT)).to_be_hidden()
        found.locator("video").focus()
        found.locator("video").evaluate(PLAY)
        expect(found.get_by_text(CANNOT)).to_be_visible()
        expect(found.locator("video")).to_be_hidden()
        expect(found.get_by_text(CANNOT).get_by_role("link")).to_be_focused()


def test_tasks_have_names_and_cannot_be_ticked(
    browser: Browser, stack: Stack, opened: dict[str, Watched], page_id: int
) -> None:
    page = open_context(browser, stack, opened)
    page.goto("/read/")
    done, to_do = (page.get_by_role("checkbox", name=name) for name in ("done", "to do: www.example.com"))
    expect(done).to_be_checked()
    expect(to_do).not_to_be_checked()
    for box in (done, to_do):
        expect(box).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_has_the_addresses_of_what_it_cannot_show(
    browser: Browser, stack: Stack, opened: dict[str, Watched], page_id: int, scheme: str
) -> None:
    page = open_context(browser, stack, opened, color_scheme=scheme)
    page.goto("/read/")
    page.emulate_media(media="print")
    for name in ("Language", "On the page", "More"):
        expect(page.get_by_role("navigation", name=name)).to_be_hidden()
    for player in page.locator("video, audio").all():
        expect(player).to_be_hidden()
    shown = page.locator("main a:visible").evaluate_all(
        "links => links.map((link) => getComputedStyle(link, '::after').content).filter((text) => text !== 'none')"
    )
    items = Visitor(stack).items(page_id)
    addresses = [item.get("video_url") or item.get("audio_url") or stack.site + item["video_path"] for item in items]
    assert sorted(shown) == sorted(f'"{address}"' for address in [*addresses, f"{stack.site}/healthz"])
