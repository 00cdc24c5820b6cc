"""A real browser shows every cue of what is stored, at its time and with its text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Route, expect

from cms.media import subtitles
from cms.media.derivatives.recipes import captions
from cms.media.subtitles import cue_text, reading
from tests.flows.browsing import Watched, open_context, sign_in
from tests.flows.client import Editor
from tests.flows.stack import Stack
from tests.fuzz import TIMES
from tests.media import subtitled
from tests.media.subtitles import cases
from tests.media.subtitles.test_converting import BLOCKS
from tests.media.subtitles.test_properties import DATA, converted
from tests.waiting import DEADLINE

# In the group of the other browser tests, because the browser is started once.
pytestmark = pytest.mark.xdist_group("stack-flows")

SITE = "https://subtitles.example"
#: Loads each file into its own player, and returns its cues; nothing for a file that the browser refuses.
LOAD = """count => {
    document.body.replaceChildren();
    return Promise.all([...Array(count).keys()].map(number => new Promise(resolve => {
        const track = document.createElement("track");
        track.addEventListener("error", () => resolve(null));
        track.addEventListener("load", () => resolve([...track.track.cues].map(
            cue => [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent])));
        track.src = `/${number}.vtt`;
        document.body.appendChild(document.createElement("video")).append(track);
        track.track.mode = "showing";
    })));
}"""

Cues = list[tuple[int, int, str]]
InBrowser = Callable[[Sequence[bytes]], list[Cues | None]]


@pytest.fixture(scope="module")
def in_browser(browser: Browser) -> Iterator[InBrowser]:
    """Returns the cues that the browser finds in each file."""
    files: Sequence[bytes] = []

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{SITE}/").removesuffix(".vtt")
        if name.isdecimal():
            route.fulfill(body=files[int(name)], content_type="text/vtt")
        else:
            route.fulfill(body="<!doctype html><title>Subtitles</title>", content_type="text/html")

    def load(data: Sequence[bytes]) -> list[Cues | None]:
        nonlocal files
        files = data
        found = page.evaluate(LOAD, len(data))
        return [
            cues and [(round(1000 * start), round(1000 * end), text) for start, end, text in cues] for cues in found
        ]

    context = browser.new_context()
    context.set_default_timeout(DEADLINE * 1000)
    page = context.new_page()
    page.route("**/*", answer)
    page.goto(f"{SITE}/")
    yield load
    context.close()


def ours(webvtt: bytes) -> Cues:
    """The same cues from this program, in the order of a browser's list."""
    cues = [(cue.start, cue.end, cue_text.plain(cue.text)) for cue in reading.read(webvtt.decode()).cues]
    return sorted(cues, key=lambda cue: (cue[0], -cue[1]))


def test_each_cue_of_every_case_is_shown(in_browser: InBrowser) -> None:
    found = in_browser([subtitles.convert(data).webvtt for data, _ in cases.ALL.values()])
    shown = {
        name: cues and sorted((start, end, text.strip()) for start, end, text in cues)
        for name, cues in zip(cases.ALL, found, strict=True)
    }
    assert shown == {name: expected for name, (_, expected) in cases.ALL.items()}


def test_the_files_as_they_were_uploaded_are_not_shown_so(in_browser: InBrowser) -> None:
    """Shows that the previous test can fail: the browser is as strict as claimed."""
    names = [
        "times-vtt-commas",
        "times-vtt-no-fraction",
        "layout-vtt-double-spaced",
        "text-vtt-arrow",
        "text-vtt-less-than",
    ]
    for name, cues in zip(names, in_browser([cases.ALL[name][0] for name in names]), strict=True):
        assert cues != cases.ALL[name][1], name


def test_each_cue_of_every_format_within_films_is_shown(in_browser: InBrowser, tmp_path: Path) -> None:
    files = []
    for number, (container, codec) in enumerate(subtitled.FORMATS):
        folder = tmp_path / str(number)
        folder.mkdir()
        source = subtitled.film(tmp_path / "film", container, [subtitled.TextTrack(codec, subtitled.WORDS)])
        made = captions.make(source, folder, lambda percent: None)
        files += [(folder / file.name).read_bytes() for file in made.files]
    assert in_browser(files) == [subtitled.SHOWN] * len(subtitled.FORMATS)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_each_cue_of_a_file_that_stays_as_it_is_is_shown(in_browser: InBrowser, end: str) -> None:
    data = subtitles.convert(BLOCKS.replace("\n", end).encode()).webvtt
    assert in_browser([data]) == [[(1000, 2500, "Hello there & here.\n- And there."), (1500, 3000, "Second line.")]]


@settings(max_examples=5 * TIMES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DATA, min_size=20, max_size=40))
def test_each_cue_of_anything_that_is_accepted_is_shown(in_browser: InBrowser, data: list[bytes]) -> None:
    files = [webvtt for webvtt in map(converted, data) if webvtt]
    assert in_browser(files) == [ours(webvtt) for webvtt in files]


def test_an_editor_chooses_another_encoding_and_sees_the_cues_change(
    browser: Browser, stack: Stack, opened: dict[str, Watched], editor: Editor
) -> None:
    number = editor.new_page("Subtitles in a browser")
    data = cases.srt(texts=cases.DECLARATION_TEXTS).encode("koi8-r")
    film = editor.add("video", number, "A video", {"subtitles": ("words.srt", data)})
    editor.wait(*film.uploads)
    page = open_context(browser, stack, opened)
    sign_in(page)
    page.goto(f"/admin/video/edit/?id={film.id}")
    expect(page.locator("q.cue").first).to_have_text(cases.DECLARATION_TEXTS[0])
    page.get_by_label("Encoding").select_option("cp1251")
    page.locator("[name=_continue_editing]").click()
    expect(page.locator("q.cue").first).to_have_text(data.decode("cp1251").splitlines()[2])
    expect(page.get_by_label("Encoding")).to_have_value("cp1251")
