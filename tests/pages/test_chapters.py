"""Chapters that an editor has written, and those of tracks and files."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from cms.messages import InvalidInput
from cms.pages import chapters, documents, pages
from cms.pages.models import Page
from tests.factories import Factory

CUES = [{"start": 0.5, "end": 4.0, "title": "From the track"}]
FACTS = [{"start": 0.0, "end": 9.0, "title": "From the file"}]
TIMES = "0:00 Arrival\n1:30 The harbour\n1:02:03.5 Farewell"


def test_a_line_has_a_time_and_a_title_and_ends_where_the_next_begins() -> None:
    assert chapters.read(f"\n {TIMES} \n") == [
        {"start": 0, "end": 90, "title": "Arrival"},
        {"start": 90, "end": 3723.5, "title": "The harbour"},
        {"start": 3723.5, "end": None, "title": "Farewell"},
    ]
    assert chapters.read("90:00 Late") == [{"start": 5400, "end": None, "title": "Late"}]
    assert chapters.read("") == []


def test_the_last_one_ends_with_the_film_and_what_is_after_it_is_left_out() -> None:
    found = chapters.read(TIMES, 100.0)
    assert [(chapter["start"], chapter["end"]) for chapter in found] == [(0, 90), (90, 100.0)]


@pytest.mark.parametrize(
    "line", ["Arrival", "0:00", "0:60 Late", "1:60:00 Late", "1:1:1:1 x", "-0:01 x", "0:01x", "٠:٠١ x", "1 x"]
)
def test_a_line_without_a_time_or_a_title_is_refused(line: str) -> None:
    with pytest.raises(InvalidInput, match="Line 2 is not"):
        chapters.read(f"0:00 Start\n{line}")


@pytest.mark.parametrize("line", ["0:10 Again", "0:09 Back"])
def test_times_grow(line: str) -> None:
    with pytest.raises(InvalidInput, match="in line 3 is not after"):
        chapters.read(f"0:00 Start\n0:10 Next\n{line}")


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["video", "audio"])
def test_a_track_comes_before_what_is_written_and_that_before_the_file(
    session: Session, factory: Factory, page: Page, kind: str
) -> None:
    film, cues = factory.media_file(family=kind), factory.media_file(family="subtitles")
    factory.change(film, facts={"chapters": FACTS}, duration=100.0)
    factory.change(cues, facts={"cues": CUES})
    tracks = {"chapters": CUES, "subtitles": None}
    for order, (times, track) in enumerate([("", None), (TIMES, None), (TIMES, "chapters"), (TIMES, "subtitles")]):
        item = factory.item(page, kind, chapter_times=times, order=order)
        factory.attached(item, kind, film)
        if track:
            factory.attached(item, "tracks:1", cues, texts={"kind": track})
    contents = _contents(session, page)
    titles = [[chapter["title"] for chapter in item[f"{kind}_file"]["chapters"]] for item in contents]
    written = ["Arrival", "The harbour"]
    assert titles == [["From the file"], written, ["From the track"], written]
    for item in contents[2:]:
        [track_] = item["tracks"]
        assert track_["file"]["chapters"] == tracks[track_["kind"]]


def test_what_cannot_be_read_any_more_is_left_out(session: Session, factory: Factory, page: Page) -> None:
    item = factory.item(page, "video", chapter_times="no time")
    factory.attached(item, "video", factory.media_file())
    [shown] = _contents(session, page)
    assert shown["video_file"]["chapters"] == []


def _contents(session: Session, page: Page) -> list[dict[str, Any]]:
    document = pages.page_document(session, page.id)
    assert document
    return list(documents.placed(document, "", "en")["contents"])


def test_a_track_has_all_chapters_escaped_and_the_last_one_open() -> None:
    found = chapters.read("0:00 <Arrival> & more\n1:02:03.5 --> Farewell")
    assert chapters.webvtt(found) == (
        "WEBVTT\n\n00:00:00.000 --> 01:02:03.500\n&lt;Arrival&gt; &amp; more\n\n"
        "01:02:03.500 --> 241:02:03.500\n--&gt; Farewell\n"
    )
    empty = [{"start": 1.0, "end": 1.0, "title": ""}]
    assert chapters.webvtt(empty) == "WEBVTT\n\n00:00:01.000 --> 00:00:01.001\n"
