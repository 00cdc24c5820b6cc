"""A real browser plays what was uploaded, or the version made of it, with picture and sound; or words say why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from cms.media import mediatypes, probe
from cms.media.derivatives.recipes import rendition
from cms.media.models import MediaFile
from cms.messages import InvalidInput
from tests.media.derivatives import formats
from tests.media.test_media_cases import SHARED
from tests.rounds import ROUNDS
from tests.waiting import DEADLINE

# In the group of the other browser tests, because the browser is started once.
pytestmark = pytest.mark.xdist_group("stack-media")

SITE = "https://formats.example"
#: How many are played at the same time.
TOGETHER = 12
#: One of each sort in a usual run, and all of them in `make torture`.
PLAYED = (
    list(formats.FORMATS)
    if ROUNDS > 2
    else [
        *("h264-aac.mp4", "h264-aac.mkv", "b-frames.avi", "h264-ac3.mp4", "two-sounds.mkv", "hevc-aac.mp4", "pq.mkv"),
        *("wmv2-wma.wmv", "anamorphic.mpg", "odd-sizes.avi", "live.mkv", "sound.flac", "aac.ts", "alac.m4a"),
    ]
)
#: Plays files to their ends, and returns for each what was seen and heard.
PLAY = """names => Promise.all(names.map(async name => {
    const player = document.createElement("video");
    const ended = new Promise(resolve => {
        player.onended = () => resolve("");
        player.onerror = () => resolve(player.error.message || "error");
    });
    player.src = name;
    document.body.append(player);
    player.play().catch(() => {});
    const error = await ended;
    const sound = await fetch(name).then(answer => answer.arrayBuffer())
        .then(data => new OfflineAudioContext(1, 1, 48000).decodeAudioData(data))
        .then(decoded => decoded.getChannelData(0), () => []);
    const canvas = new OffscreenCanvas(8, 8).getContext("2d");
    canvas.drawImage(player, 0, 0, 8, 8);
    const shades = canvas.getImageData(0, 0, 8, 8).data.filter((_, index) => index % 4 < 3);
    const found = {
        error,
        frames: player.getVideoPlaybackQuality().totalVideoFrames,
        contrast: Math.max(...shades) - Math.min(...shades),
        decoded: player.webkitAudioDecodedByteCount,
        loudness: sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0),
        size: [player.videoWidth, player.videoHeight],
    };
    player.remove();
    return found;
}))"""

Played = dict[str, Any]
InBrowser = Callable[[dict[str, Path]], dict[str, Played]]


@pytest.fixture(scope="module")
def in_browser(browser: Browser) -> Iterator[InBrowser]:
    """Plays files, and returns what was seen and heard of each."""
    files: dict[str, Path] = {}

    def answer(route: Route) -> None:
        path = files.get(route.request.url.removeprefix(f"{SITE}/"))
        if path:
            kind = "audio/mp4" if path.suffix == ".m4a" else "video/mp4" if path.suffix == ".mp4" else None
            route.fulfill(path=path, content_type=kind)
        else:
            route.fulfill(body="<!doctype html><title>Formats</title>", content_type="text/html")

    def play(paths: dict[str, Path]) -> dict[str, Played]:
        files.update(paths)
        names, found = list(paths), {}
        for start in range(0, len(names), TOGETHER):
            some = names[start : start + TOGETHER]
            found.update(zip(some, page.evaluate(PLAY, some), strict=True))
        return found

    context = browser.new_context()
    context.set_default_timeout(DEADLINE * 1000)
    page = context.new_page()
    page.route("**/*", answer)
    page.goto(f"{SITE}/")
    page.mouse.click(5, 5)  # without it, nothing with sound is played
    yield play
    context.close()


def shown(source: Path, slot: str, folder: Path) -> Path:
    """What a page would play: the file, or the version for browsers.

    Raises:
        InvalidInput: the file is refused, or there is no such version.
    """
    mediatypes.check(source, slot)
    row = MediaFile(digest="", size=source.stat().st_size, mime_type=f"{slot}/", path="")
    probe.note(row, probe.probe(source))
    if row.playable:
        return source
    if not rendition.is_for(row):
        raise InvalidInput(f"Browsers do not play this: {row.unplayable}.")
    folder.mkdir()
    [made] = rendition.make(source, folder, lambda _percent: None).files
    return folder / made.name


def assert_seen_and_heard(name: str, played: Played, *, picture: bool, sound: bool) -> None:
    assert played["error"] == "", (name, played)
    if picture:
        assert played["frames"] >= 5, (name, played)
        assert played["contrast"] > 50, (name, played)
    if sound:
        assert played["decoded"] > 0, (name, played)
        assert played["loudness"] > 0.02, (name, played)


def test_each_format_is_played_with_picture_and_sound(in_browser: InBrowser, tmp_path: Path) -> None:
    formats.make_all(tmp_path, PLAYED)
    slots = {name: "video" if name in formats.FILMS else "audio" for name in PLAYED}
    paths = {name: shown(tmp_path / name, slot, tmp_path / f"{name}.made") for name, slot in slots.items()}
    kept = [name for name, path in paths.items() if path == tmp_path / name]
    assert kept == [name for name in PLAYED if formats.FORMATS[name].encoded is None]
    for name, played in in_browser(paths).items():
        has_sound = "1:a" in formats.FORMATS[name].arguments
        assert_seen_and_heard(name, played, picture=name in formats.FILMS, sound=has_sound)
        if name in formats.SIZES:
            assert tuple(played["size"]) == formats.SIZES[name], name


@pytest.mark.skipif(not SHARED.is_dir(), reason="the files that are handed round are not here")
def test_what_is_handed_round_is_played_or_refused_in_words(in_browser: InBrowser, tmp_path: Path) -> None:
    paths, refused = {}, {}
    for source in sorted(SHARED.iterdir()):
        if not re.search(r"\.(mp4|mkv|ts|wmv|wma|wav|m4a|aiff)$", source.name):
            continue
        for slot in ("video", "audio"):
            try:
                paths[source.name] = shown(source, slot, tmp_path / f"{source.name}.{slot}")
            except InvalidInput as reason:
                refused[source.name, slot] = str(reason)
    assert all(refused.values())
    assert len(paths) >= 10
    for name, played in in_browser(paths).items():
        assert played["error"] == "" or "cut" in name, (name, played)
        assert played["frames"] or played["decoded"], (name, played)
