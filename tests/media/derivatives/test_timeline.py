"""Thumbnails along the timeline: each shows its time, upright, and the WebVTT says where it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine

from cms.media import probe
from cms.media.derivatives.models import DerivativeStatus
from cms.media.derivatives.recipe import Made
from cms.media.derivatives.recipes import timeline
from cms.media.models import MediaFile
from cms.media.storage import Storage
from cms.media.subtitles import reading
from cms.messages import InvalidInput
from tests.factories import Factory
from tests.media import uploading as flow
from tests.media.derivatives.conftest import Work
from tests.media.derivatives.films import BLUE, GREEN, RED, WHITE, corners, film, plain

Tile = tuple[int, int, Image.Image]


@pytest.fixture
def make(tmp_path: Path) -> Callable[[Path], Made]:
    def make(source: Path) -> Made:
        (tmp_path / "made").mkdir()
        return timeline.make(source, tmp_path / "made", lambda percent: None)

    return make


def tiles(folder: Path) -> list[Tile]:
    """Each thumbnail with its start and end in milliseconds."""
    found = []
    with Image.open(folder / "tiles.webp") as sheet:
        for cue in reading.read((folder / "tiles.vtt").read_text()).cues:
            match = re.fullmatch(r"tiles\.webp#xywh=(\d+),(\d+),(\d+),(\d+)", cue.text)
            assert match
            x, y, width, height = map(int, match.groups())
            assert x + width <= sheet.width
            assert y + height <= sheet.height
            found.append((cue.start, cue.end, sheet.crop((x, y, x + width, y + height)).convert("RGB")))
    return found


def shade(picture: Image.Image) -> int:
    value = picture.convert("L").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(value, int)
    return value


def test_each_thumbnail_shows_its_time(tmp_path: Path, make: Callable[[Path], Made]) -> None:
    source = film(tmp_path / "film", [plain(320, 180, 10 * number) for number in range(25)])
    assert make(source).facts == {"interval": 2, "count": 13}
    found = tiles(tmp_path / "made")
    assert [(start, end) for start, end, _ in found] == [
        (2000 * number, min(2000 * number + 2000, 25_000)) for number in range(13)
    ]
    for start, end, picture in found:
        assert picture.size == (160, 90)
        assert start // 100 - 5 <= shade(picture) <= end // 100 + 5


def test_a_long_film_has_as_many_as_are_allowed(
    tmp_path: Path, make: Callable[[Path], Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "MOST", 5)
    made = make(film(tmp_path / "film", [plain(64, 48, 10 * number) for number in range(23)]))
    assert made.facts == {"interval": 5, "count": 5}
    assert tiles(tmp_path / "made")[-1][1] == 23_000


@pytest.mark.parametrize(
    ("size", "turned", "aspect", "expected"),
    [
        ((640, 360), 90, 1, (90, 160)),
        ((320, 320), 0, 2, (160, 80)),
        ((32, 24), 0, 1, (32, 24)),
        ((64, 640), 0, 1, (16, 160)),
    ],
)
def test_they_are_shaped_as_players_show_the_film(
    tmp_path: Path,
    make: Callable[[Path], Made],
    size: tuple[int, int],
    turned: int,
    aspect: int,
    expected: tuple[int, int],
) -> None:
    make(film(tmp_path / "film", [corners(*size)] * 3, turned=turned, aspect=Fraction(aspect)))
    picture = tiles(tmp_path / "made")[0][2]
    assert picture.size == expected
    if turned:
        x, y = picture.width // 4, picture.height // 4
        seen = [picture.getpixel(place) for place in ((x, y), (3 * x, y), (x, 3 * y), (3 * x, 3 * y))]
        for colour, like in zip(seen, (GREEN, WHITE, RED, BLUE), strict=True):
            assert all(abs(a - b) < 60 for a, b in zip(colour, like, strict=True))  # type: ignore[arg-type]


def test_where_the_film_is_damaged_the_thumbnail_before_is_shown(tmp_path: Path, make: Callable[[Path], Made]) -> None:
    source = film(tmp_path / "film", [corners(64, 48)] * 12, container="matroska")
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    assert make(source).facts["count"] == len(tiles(tmp_path / "made"))
    assert {picture.size for _, _, picture in tiles(tmp_path / "made")} == {(64, 48)}


def test_a_film_without_a_picture_is_refused(
    tmp_path: Path, make: Callable[[Path], Made], media_files: dict[str, Path]
) -> None:
    with pytest.raises(InvalidInput, match="No picture"):
        make(media_files["sound.mp3"])


def test_it_is_for_films_that_are_long_enough(tmp_path: Path) -> None:
    for seconds, expected in ((9, False), (10, True)):
        row = MediaFile(digest="", size=0, mime_type="", path="")
        probe.note(row, probe.probe(film(tmp_path / "film", [plain(32, 32)] * seconds)))
        assert timeline.is_for(row) is expected


def test_the_addresses_in_the_webvtt_lead_to_the_picture(
    tmp_path: Path, app: Flask, client: FlaskClient, factory: Factory, engine: Engine, storage: Storage, work: Work
) -> None:
    source = film(tmp_path / "film", [corners(64, 48)] * 10)
    item = factory.item(factory.page(), "video")
    flow.complete(engine, storage, factory.upload(item, "video", "a.mp4", source.read_bytes()))
    row = work("timeline")
    assert row
    assert row.status == DerivativeStatus.READY
    [page] = client.get("/api/page/content/").get_json()["results"]
    address = page["contents"][0]["video_file"]["timeline"]
    answer = client.get(address)
    assert (answer.status_code, answer.content_type) == (200, "text/vtt; charset=utf-8")
    assert row.size == sum(file["size"] for file in row.files or ())
    [first, *_] = reading.read(answer.text).cues
    picture, _, place = first.text.partition("#")
    assert place == "xywh=0,0,64,48"
    found = client.get(f"{address.rpartition('/')[0]}/{picture}")
    assert (found.status_code, found.content_type) == (200, "image/webp")
