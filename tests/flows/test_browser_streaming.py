"""A film in several sizes plays in a real browser: by itself, with hls.js, and without either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Route
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cms import create_app
from cms.extensions import db
from cms.media.derivatives import ffmpeg, working
from cms.media.derivatives.models import Derivative
from cms.media.storage import Storage
from config import Settings
from tests.factories import Factory
from tests.media import uploading as flow

# In the group of the other browser tests, because the browser is started once.
pytestmark = pytest.mark.xdist_group("stack-media")

SITE = "https://films.example"
#: What a browser says that plays no HLS.
NO_HLS = """
    const { prototype } = HTMLMediaElement, own = prototype.canPlayType;
    prototype.canPlayType = function (type) { return /mpegurl/.test(type) ? "" : own.call(this, type); };
"""
PLAY = """async player => {
    player.muted = true;
    await player.play();
    await new Promise((done) => { player.onended = done; });
    return {
        frames: player.getVideoPlaybackQuality().totalVideoFrames,
        sound: player.webkitAudioDecodedByteCount,
        address: player.currentSrc,
        duration: player.duration,
    };
}"""


@pytest.fixture
def site(
    app: Flask,
    settings: Settings,
    factory: Factory,
    engine: Engine,
    storage: Storage,
    video_bytes: bytes,
    tmp_path: Path,
) -> Flask:
    """A site with a film in two sizes."""
    small, large = tmp_path / "small.mp4", tmp_path / "large.mp4"
    small.write_bytes(video_bytes)
    arguments = ["-vf", "scale=640:480", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "mp4"]
    ffmpeg.convert(small, arguments, large, None, lambda percent: None)
    site = create_app(replace(settings, hls=True))
    item = factory.item(factory.page(slug="film"), "video")
    flow.complete(engine, storage, factory.upload(item, "video", "a.mp4", large.read_bytes()))
    with Session(engine) as session:
        row_id = session.scalars(select(Derivative.id).where(Derivative.recipe == "hls")).one()
    with site.app_context():
        working.work(db.session(), row_id, storage, None)
    return site


@pytest.fixture
def play(site: Flask, browser: Browser) -> Callable[..., dict[str, Any]]:
    """Play the film to its end."""
    client = site.test_client()

    def answer(route: Route) -> None:
        asked = route.request
        found = client.open(
            asked.url.removeprefix(SITE),
            base_url=SITE,
            method=asked.method,
            headers=asked.headers,
            data=asked.post_data_buffer,
        )
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.data)

    def play(script: str = "", without: str = "") -> dict[str, Any]:
        complaints: list[str] = []
        context = browser.new_context()
        context.add_init_script(script)
        context.route(f"{SITE}/**", answer)
        if without:
            context.route(without, lambda route: route.abort())
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{SITE}/film/")
        seen: dict[str, Any] = page.locator("video").evaluate(PLAY)
        context.close()
        return seen | {"complaints": complaints}

    return play


def test_it_plays_with_hls_and_without(play: Callable[..., dict[str, Any]]) -> None:
    alone, helped = play(), play(NO_HLS)
    assert alone["complaints"] == helped["complaints"] == [], "the policy of the page allows it"
    assert helped["address"].startswith("blob:")
    unhelped, broken = play(NO_HLS, "**/vendor/hls/**"), play(NO_HLS, "**/*.m3u8")
    assert broken["address"].endswith(".mp4")
    for seen in (alone, helped, unhelped, broken):
        assert seen["frames"] > 1, "a busy machine shows some of them only"
        assert seen["sound"] > 0
        assert seen["duration"] == pytest.approx(1.2, abs=0.2)
