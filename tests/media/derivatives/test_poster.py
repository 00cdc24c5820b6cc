"""The poster: a frame with visible detail, as players show it, in several sizes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from cms.media.derivatives import film as films
from cms.media.derivatives.recipe import Made
from cms.media.derivatives.recipes import poster
from cms.messages import InvalidInput
from tests.media.derivatives.films import BLUE, GREEN, RED, WHITE, corners, film, plain


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


def make(source: Path, folder: Path) -> Made:
    return poster.make(source, folder, lambda percent: None)


def corners_of(path: Path) -> list[tuple[int, int, int]]:
    """The colours near the corners, each as the nearest of the four known ones."""
    with Image.open(path) as picture:
        shown = picture.convert("RGB")
    x, y = shown.width // 4, shown.height // 4
    seen = [shown.getpixel(place) for place in ((x, y), (3 * x, y), (x, 3 * y), (3 * x, 3 * y))]
    known = (RED, GREEN, BLUE, WHITE)
    return [min(known, key=lambda colour: sum(abs(a - b) for a, b in zip(colour, one, strict=True))) for one in seen]  # type: ignore[arg-type]


def test_a_black_beginning_is_passed_over(tmp_path: Path, folder: Path) -> None:
    source = film(tmp_path / "film", [plain(64, 48)] * 4 + [corners(64, 48)] * 2 + [plain(64, 48, 255)] * 4)
    made = make(source, folder)
    assert made.facts["is_good"]
    assert made.facts["second"] == pytest.approx(5, abs=1)
    assert corners_of(folder / "64.jpg") == [RED, GREEN, BLUE, WHITE]


def test_a_frame_with_enough_detail_is_taken_at_once(tmp_path: Path, folder: Path) -> None:
    """Others are looked at beside one that is plainer, as drawings are."""
    noise = Image.effect_noise((64, 48), 60).convert("RGB")
    source = film(tmp_path / "film", [noise] * 10)
    assert _told(source, folder) == [pytest.approx(100 / 9)]
    source = film(tmp_path / "drawing", [corners(64, 48)] * 10)
    assert len(_told(source, folder)) == poster.LOOKED_AT


def _told(source: Path, folder: Path) -> list[float]:
    """The progress: once for each frame that was looked at."""
    told: list[float] = []
    poster.make(source, folder, told.append)
    return told


def test_a_film_that_shows_nothing_has_a_poster_all_the_same(tmp_path: Path, folder: Path) -> None:
    made = make(film(tmp_path / "film", [plain(64, 48)] * 3), folder)
    assert (made.facts["is_good"], len(made.files)) == (False, 2)


def test_a_large_film_has_the_whole_ladder(tmp_path: Path, folder: Path) -> None:
    made = make(film(tmp_path / "film", [corners(1920, 1080)]), folder)
    assert [(file.name, file.width, file.height) for file in made.files] == [
        ("320.webp", 320, 180),
        ("640.webp", 640, 360),
        ("1280.webp", 1280, 720),
        ("1280.jpg", 1280, 720),
    ]


def test_a_small_film_is_not_enlarged(tmp_path: Path, folder: Path) -> None:
    made = make(film(tmp_path / "film", [corners(400, 300)]), folder)
    assert [file.width for file in made.files] == [320, 400, 400]


@pytest.mark.parametrize(
    ("turned", "seen"),
    [
        (90, [GREEN, WHITE, RED, BLUE]),
        (180, [WHITE, BLUE, GREEN, RED]),
        (270, [BLUE, RED, WHITE, GREEN]),
    ],
)
def test_a_film_that_is_turned_has_an_upright_poster(
    tmp_path: Path, folder: Path, turned: int, seen: list[tuple[int, int, int]]
) -> None:
    """``turned`` is how many degrees players turn the picture to the left."""
    made = make(film(tmp_path / "film", [corners(64, 48)], turned=turned), folder)
    assert (made.files[-1].width, made.files[-1].height) == ((64, 48) if turned == 180 else (48, 64))
    assert corners_of(folder / made.files[-1].name) == seen


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path, folder: Path) -> None:
    made = make(film(tmp_path / "film", [corners(64, 48)], aspect=Fraction(4, 3)), folder)
    assert (made.files[-1].width, made.files[-1].height) == (85, 48)


@pytest.mark.parametrize("container", ["mpegts", "h264"])
def test_a_film_that_does_not_say_how_long_it_is(tmp_path: Path, folder: Path, container: str) -> None:
    source = film(tmp_path / "film", [plain(64, 48)] * 3 + [corners(64, 48)], container=container)
    if container == "h264":  # no container, so it cannot be opened
        with pytest.raises(InvalidInput):
            make(source, folder)
        return
    assert make(source, folder).files


def test_pictures_that_are_too_large_are_refused(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "MAX_SIDE", 100)
    with pytest.raises(InvalidInput, match="larger than 100 pixels"):
        make(film(tmp_path / "film", [corners(128, 64)]), folder)
