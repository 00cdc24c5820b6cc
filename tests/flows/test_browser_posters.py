"""A file's page in a browser: the work on derivatives moves on it, and a moment becomes the poster."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import create_engine, update
from sqlalchemy.orm import Session

from cms.database import now
from cms.media.derivatives.models import Derivative
from tests.flows.browsing import Watched, follow, open_context, signed_in_as
from tests.flows.client import Editor
from tests.flows.stack import Stack

pytestmark = pytest.mark.xdist_group("stack-media")


@pytest.fixture
def page(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor, media_files: dict[str, Path]
) -> Page:
    """The page of a film that has its poster."""
    title = f"Film {secrets.token_hex(4)}"
    film = media_files["video.webm"].read_bytes() + b"\xec\x8c" + secrets.token_bytes(12)  # EBML's padding
    added = editor.add("video", editor.new_page(title), title, {"video": ("film.webm", film)})
    editor.wait(*added.uploads)
    page = signed_in_as(editor, open_context(browser, stack, opened))
    page.goto("/admin/media/")
    follow(page, page.locator("tbody tr", has_text=title).locator("a[href*='/details/']").last)
    expect(of_poster(page).locator("[data-derivative]")).to_have_text("ready")
    return page


def of_poster(page: Page) -> Locator:
    """The poster's row among all that is made of the film."""
    return page.locator(".derivatives tr", has_text="Poster")


def test_the_picture_in_the_player_becomes_the_poster(page: Page) -> None:
    badge, picture = of_poster(page).locator("[data-derivative]"), page.locator(".derivatives img")
    automatic = picture.get_attribute("src")
    page.evaluate("""async () => {
        const player = document.querySelector("#preview");
        player.currentTime = 0.5;
        await new Promise((done) => { player.onseeked = done; });
    }""")
    follow(page, page.get_by_role("button", name="Use the picture in the player"))
    expect(page.locator("[name=moment]")).to_have_value("0:00.5")
    page.evaluate("window.notReloaded = true")
    expect(badge).to_have_text("ready")
    expect(picture).not_to_have_attribute("src", automatic or "")
    page.fill("[name=moment]", "1:00")
    follow(page, page.get_by_role("button", name="Use this moment"))
    expect(page.get_by_role("alert")).to_contain_text("Write a moment from 0:00 to 0:01")
    expect(page.locator("[name=moment]")).to_have_value("1:00")


def test_the_work_moves_on_the_screen(page: Page, stack: Stack) -> None:
    row = of_poster(page)
    badge, reason = row.locator("[data-derivative]"), row.locator("[data-reason^=derivative]")
    row_id = int(badge.get_attribute("data-derivative") or "")

    def record(**values: object) -> None:
        """Record how far the work is, as a worker does."""
        engine = create_engine(f"sqlite:///{stack.home}/mediafold.db")
        with Session(engine) as session:
            session.execute(update(Derivative).where(Derivative.id == row_id).values(values))
            session.commit()
        engine.dispose()

    lease = {"lease_token": "t", "lease_until": now() + timedelta(seconds=110)}
    record(status="processing", progress=40, started_at=now() - timedelta(seconds=105), **lease)
    page.reload()
    page.evaluate("window.notReloaded = true")
    expect(badge).to_have_text("being made · 40\N{NO-BREAK SPACE}%")
    expect(reason).to_have_text("about 3 minutes left")
    record(progress=90)
    expect(badge).to_have_text("being made · 90\N{NO-BREAK SPACE}%")
    expect(reason).to_have_text("less than a minute left")
    expect(row.get_by_role("button", name="Cancel")).to_be_visible()
    record(status="ready", progress=100, lease_token=None, lease_until=None)
    expect(badge).to_have_text("ready")
    expect(row.get_by_role("button", name="Make again")).to_be_visible()
    assert page.evaluate("window.notReloaded")
