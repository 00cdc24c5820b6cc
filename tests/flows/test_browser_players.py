"""Visitors in a real browser get to the moment that they want of a film or a recording, and nothing moves."""

from __future__ import annotations

import io
import re
import wave
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests import mediabytes
from tests.flows.browsing import Watched, open_context
from tests.flows.client import Editor, Visitor
from tests.flows.halting import halting
from tests.flows.stack import Stack
from tests.media.derivatives import films
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("stack-media")

CHAPTERS = [(0.0, 1.5, "Arrival"), (1.5, 3.0, "The harbour")]
WORDS = "WEBVTT\n\n00:00.000 --> 00:01.000\nA boat <i>leaves</i>,\nslowly.\n\n00:02.000 --> 00:03.000\nIt is gone.\n"
#: How long the recording is, in seconds: long enough to be remembered.
LENGTH = 40
#: All that has moved so far (what moves inside the browser's own controls has no node), the sizes of the pictures in
#: the window by their addresses, and the addresses of what was painted largest and of those that were preloaded. Of
#: pictures of one size, the one painted first is the largest.
SEEN = """() => new Promise((done) => {
    const shown = [...document.querySelectorAll("img, video[poster]")]
        .filter((picture) => picture.getBoundingClientRect().top < innerHeight)
        .map((picture) => [picture.poster || picture.currentSrc, picture.clientWidth * picture.clientHeight]);
    const seen = { moved: [], painted: "", sizes: Object.fromEntries(shown), preloaded: [] };
    const watch = (type, note) =>
        new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
    watch("layout-shift", ({ hadRecentInput, sources }) =>
        hadRecentInput || seen.moved.push(...sources.filter(({ node }) => node).map(
            ({ node, previousRect, currentRect }) =>
                [node.outerHTML ?? node.data, ...[previousRect, currentRect].map((place) => JSON.stringify(place))])));
    watch("largest-contentful-paint", ({ url }) => { seen.painted = url; });
    watch("resource", ({ name, initiatorType }) => initiatorType === "link" && seen.preloaded.push(name));
    requestAnimationFrame(() => setTimeout(() => done(seen)));
})"""
#: The cues of the track of chapters, which is asked for only now.
CHAPTER_TRACK = """player => new Promise((done) => {
    const track = player.querySelector("track[kind=chapters]");
    track.onload = () => done([...track.track.cues].map(({ startTime, endTime, text }) => [startTime, endTime, text]));
    track.track.mode = "hidden";
})"""
#: That of a kind, before its name.
ICON = r'<svg class="icon".*?</svg>'
NO_STORAGE = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('No.') } })"


def recording() -> bytes:
    """A quiet recording that is longer than what is worth remembering."""
    file = io.BytesIO()
    with wave.open(file, "wb") as output:
        output.setparams((1, 1, 8000, 0, "NONE", ""))
        output.writeframes(bytes(range(100, 150)) * (LENGTH * 8000 // 50))
    return file.getvalue()


@pytest.fixture(scope="module")
def page_id(
    editor: Editor, stack: Stack, media_files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> int:
    """A page with all that is played, once its pictures and waveforms are there."""
    pictures = [Image.effect_noise((640, 360), 80).convert("RGB") for _ in range(3)]
    film = films.film(tmp_path_factory.mktemp("film") / "film.mp4", pictures, chapters=CHAPTERS)
    number = editor.new_page("Players in a browser", slug="players")
    files = {"video": ("film.mp4", film.read_bytes()), "subtitles": ("film.vtt", WORDS.encode())}
    editor.add("video", number, "Film", files, order=1)
    editor.add("audio", number, "Recording", {"audio": ("recording.wav", recording())}, order=2)
    editor.add("audio", number, "Cover", {"audio": ("cover.m4a", media_files["cover.m4a"].read_bytes())}, order=3)
    editor.add("picture", number, "Picture", {"picture": ("picture.png", mediabytes.png())}, order=4)
    editor.add("video", number, "Elsewhere", order=5, video_url="https://example.com/film.mp4")
    editor.add("embed", number, "Embedded", order=6, embed_url="https://youtu.be/aqz-KE-bpKQ")
    editor.add("text", number, "Words", order=7, text="Some words.")

    def are_there() -> bool:
        film, recording, cover, *_ = Visitor(stack).items(number)
        made = [film["video_file"], recording["audio_file"], cover["audio_file"]]
        return all(made) and bool(
            made[0]["poster"] and made[1]["waveform"] and made[2]["poster"] and made[2]["waveform"]
        )

    assert eventually(are_there, pause=0.2), stack.output
    return number


@pytest.fixture
def page(browser: Browser, stack: Stack, opened: dict[str, Watched], page_id: int) -> Page:
    return open_context(browser, stack, opened)


def section(page: Page, title: str) -> Locator:
    return page.locator("section.item").filter(has=page.get_by_role("heading", name=title, exact=True, level=2))


def time_of(player: Locator) -> float:
    return float(player.evaluate("player => player.currentTime"))


def start(player: Locator) -> None:
    player.evaluate("player => player.play()")


def test_nothing_moves_and_the_largest_picture_is_preloaded(
    browser: Browser, stack: Stack, opened: dict[str, Watched], page_id: int
) -> None:
    for width in (390, 1280):
        for address in ("/", "/players/"):
            # What the browser still has of another page is not preloaded.
            page = open_context(browser, stack, opened)
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address, wait_until="networkidle")
            top: dict[str, Any] = page.evaluate(SEEN)
            preloaded = max(top["sizes"].get(picture, 0) for picture in top["preloaded"])
            assert preloaded >= top["sizes"][top["painted"]] > 0, (width, address, top)
            page.get_by_role("contentinfo").scroll_into_view_if_needed()
            page.wait_for_load_state("networkidle")
            assert page.evaluate(SEEN)["moved"] == [], (width, address)


def test_nothing_moves_when_a_page_halts_after_an_icon(browser: Browser, stack: Stack, page_id: int) -> None:
    icons = list(re.finditer(ICON, requests.get(f"{stack.site}/players/", timeout=60).text))
    with halting(stack.site) as halted, browser.new_context(viewport={"width": 390, "height": 3000}) as context:
        page = context.new_page()
        for number in (1, len(icons)):  # above the page and above its last item
            halted.rest.clear()
            halted.after = icons[number - 1].end()
            page.goto(f"{halted.address}/players/", wait_until="commit")
            page.wait_for_function("number => document.querySelectorAll('svg.icon').length === number", arg=number)
            page.evaluate(SEEN)  # once it is painted
            halted.rest.set()
            page.wait_for_load_state("load")
            assert page.evaluate(SEEN)["moved"] == [], number


def test_a_tall_picture_is_cut_to_the_place_of_its_card(page: Page, editor: Editor, stack: Stack) -> None:
    file = io.BytesIO()
    Image.effect_noise((300, 900), 80).convert("RGB").save(file, "JPEG")
    number = editor.new_page("A tower", slug="a-tower")
    editor.add("picture", number, "Tower", {"picture": ("tower.jpg", file.getvalue())})

    def is_there() -> bool:
        file = Visitor(stack).items(number)[0]["picture_file"]
        return bool(file and file["poster"])

    assert eventually(is_there, pause=0.2), stack.output
    page.goto("/")
    picture = page.get_by_role("article").filter(has_text="A tower").locator("img")
    expect(picture).to_be_visible()
    inside = "picture => [picture.clientHeight, picture.parentElement.clientHeight]"
    height, place = picture.evaluate(inside)
    assert height == place


def test_one_player_plays_at_a_time(page: Page) -> None:
    page.goto("/players/")
    first, second = section(page, "Recording").locator("audio"), section(page, "Film").locator("video")
    start(first)
    start(second)
    expect(first).to_have_js_property("paused", True)


def test_chapters_and_transcript_lead_to_their_moments(page: Page) -> None:
    page.goto("/players/")
    film = section(page, "Film")
    player, chapter = film.locator("video"), film.get_by_role("link", name="The harbour")
    chapter.click()
    expect(chapter).to_have_attribute("aria-current", "true")
    assert time_of(player) >= 1.5
    assert page.url.endswith("&t=1.5")
    assert player.evaluate(CHAPTER_TRACK) == [[start, end, title] for start, end, title in CHAPTERS]
    film.get_by_text("Transcript", exact=True).click()
    line = film.get_by_role("link", name="A boat leaves, slowly.")
    expect(film.get_by_role("link", name="It is gone.")).to_be_visible()
    player.evaluate("player => player.pause()")
    player.evaluate("player => { player.currentTime = 2.5 }")
    expect(film.locator(".transcript [aria-current=true]")).to_have_text("0:02 It is gone.")
    line.press("Enter")
    expect(film.locator(".transcript [aria-current=true]")).to_have_text("0:00 A boat leaves, slowly.")


def test_a_transcript_stays_when_captions_are_switched_off(page: Page) -> None:
    page.goto("/players/")
    film = section(page, "Film")
    film.get_by_text("Transcript", exact=True).click()
    film.locator("video").evaluate("player => { player.textTracks[0].mode = 'disabled' }")
    film.locator("video").evaluate("player => { player.currentTime = 2.5 }")
    expect(film.locator(".transcript [aria-current=true]")).to_have_text("0:02 It is gone.")


def test_an_address_of_a_moment_sets_its_player(page: Page) -> None:
    page.goto("/players/")
    recording = section(page, "Recording")
    player = recording.locator("audio")
    player.evaluate("player => { player.currentTime = 12.3 }")
    recording.get_by_role("button", name="Copy link at this moment").click()
    expect(recording.get_by_role("status").filter(has_text="The link")).to_be_visible()
    address = page.url
    assert address.endswith("&t=12")
    page.goto("about:blank")
    page.goto(address)
    expect(player).to_be_focused()
    expect(player).to_be_in_viewport()
    assert time_of(player) == 12
    page.evaluate("location.hash = location.hash.replace('12', '0:00:20.5')")
    expect(player).to_have_js_property("currentTime", 20.5)


def test_a_waveform_is_a_slider(page: Page) -> None:
    page.goto("/players/")
    recording = section(page, "Recording")
    player, slider = recording.locator("audio"), recording.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuemax", str(LENGTH))
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    slider.click(position={"x": box["width"] / 2, "y": 10})
    expect(slider).to_have_attribute("aria-valuetext", f"0:{LENGTH // 2} / 0:{LENGTH}")
    for key, seconds in (("ArrowRight", 25), ("ArrowDown", 20), ("Home", 0), ("End", LENGTH)):
        slider.press(key)
        assert round(time_of(player)) == seconds, key
    drawn = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    assert eventually(lambda: recording.locator(".waveform canvas").evaluate(drawn))


def test_where_a_visitor_stopped_is_offered_until_the_end(page: Page) -> None:
    page.goto("/players/")
    recording = section(page, "Recording")
    player, button = recording.locator("audio"), recording.get_by_role("button", name="Continue at")
    expect(button).to_be_hidden()
    player.evaluate("player => { player.currentTime = 31 }")
    start(player)
    player.evaluate("player => player.pause()")
    page.reload()
    assert time_of(player) == 0
    expect(button).to_have_text("Continue at 0:31")
    button.click()
    expect(button).to_be_hidden()
    expect(player).to_have_js_property("paused", False)
    assert time_of(player) >= 31
    player.evaluate(f"player => {{ player.currentTime = {LENGTH} - 0.1 }}")
    expect(player).to_have_js_property("ended", True)
    page.reload()
    expect(button).to_be_hidden()


def test_without_storage_it_plays_as_well(page: Page) -> None:
    page.add_init_script(NO_STORAGE)
    page.goto("/players/")
    player = section(page, "Recording").locator("audio")
    player.evaluate("player => { player.currentTime = 31 }")
    start(player)
    player.evaluate("player => player.pause()")
    expect(section(page, "Recording").get_by_role("slider")).to_have_attribute("aria-valuenow", "31")


def test_without_scripts_there_are_players_and_chapters(
    browser: Browser, stack: Stack, opened: dict[str, Watched], page_id: int
) -> None:
    page = open_context(browser, stack, opened, java_script_enabled=False)
    page.goto("/players/")
    film = section(page, "Film")
    address = film.get_by_role("link", name="The harbour").get_attribute("href")
    assert address == film.locator("source").get_attribute("src") + "#t=1.5"
    expect(section(page, "Recording").locator("audio")).to_be_visible()
    for needs_scripts in page.locator(".waveform, .tools, .transcript").all():
        expect(needs_scripts).to_be_hidden()
