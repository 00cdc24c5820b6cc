"""The sizes of a picture: upright, in the colours of sRGB, and of whatever kind of pixels."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from cms.media import pictures
from cms.media.derivatives.recipe import Skip
from cms.media.derivatives.recipes import picture
from cms.messages import InvalidInput
from tests.media.derivatives.films import BLUE, GREEN, RED, WHITE
from tests.media.derivatives.test_poster import corners_of
from tests.mediabytes import huge_png
from tests.mediabytes import picture as bytes_of


def made(folder: Path, data: bytes | Image.Image, kind: str = "PNG", **more: Any) -> list[tuple[str, int | None]]:
    """The names and heights of the files that are made."""
    if isinstance(data, Image.Image):
        data.save(buffer := io.BytesIO(), kind, **more)
        data = buffer.getvalue()
    (folder / "source").write_bytes(data)
    (folder / "made").mkdir(exist_ok=True)
    files = picture.make(folder / "source", folder / "made", lambda percent: None).files
    return [(file.name, file.height) for file in files]


def pixel(path: Path, x: int = 0) -> Any:
    with Image.open(path) as image:
        assert image.mode == ("RGB" if path.suffix == ".jpg" else image.mode)
        assert not image.info.get("icc_profile")
        return image.getpixel((x, 0))


def near(found: Any, wanted: tuple[int, ...], most: int = 12) -> bool:
    return len(found) == len(wanted) and all(abs(a - b) <= most for a, b in zip(found, wanted, strict=True))


def test_a_large_one_has_the_whole_ladder(tmp_path: Path) -> None:
    assert made(tmp_path, Image.new("RGB", (3000, 300))) == [
        ("320.webp", 32),
        ("640.webp", 64),
        ("1280.webp", 128),
        ("2560.webp", 256),
        ("1280.jpg", 128),
    ]


def test_a_small_one_is_not_enlarged(tmp_path: Path) -> None:
    assert made(tmp_path, Image.new("RGB", (1, 1))) == [("1.webp", 1), ("1.jpg", 1)]


@pytest.mark.parametrize(
    ("turned", "seen"),
    [
        (1, [RED, GREEN, BLUE, WHITE]),
        (2, [GREEN, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (4, [BLUE, WHITE, RED, GREEN]),
        (5, [RED, BLUE, GREEN, WHITE]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (7, [WHITE, GREEN, BLUE, RED]),
        (8, [GREEN, WHITE, RED, BLUE]),
    ],
)
def test_it_is_upright(tmp_path: Path, turned: int, seen: list[tuple[int, int, int]]) -> None:
    image = Image.new("RGB", (64, 48))
    for number, colour in enumerate((RED, GREEN, BLUE, WHITE)):
        image.paste(colour, (number % 2 * 32, number // 2 * 24, number % 2 * 32 + 32, number // 2 * 24 + 24))
    exif = Image.Exif()
    exif[0x0112] = turned
    files = made(tmp_path, image, "JPEG", exif=exif)
    assert files[-1] == (("64.jpg", 48) if turned < 5 else ("48.jpg", 64))
    assert corners_of(tmp_path / "made" / files[-1][0]) == seen


def test_its_colours_are_those_of_its_profile(tmp_path: Path) -> None:
    """A profile whose red is sRGB's, but brighter in the middle: Lab to sRGB tells what is to be seen."""
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    data = bytearray(linear.tobytes())
    places = [data.index(name) for name in (b"rTRC", b"bTRC", b"rXYZ", b"bXYZ")]
    for one, other in ((places[0], places[1]), (places[2], places[3])):  # red and blue in each other's place
        data[one : one + 4], data[other : other + 4] = data[other : other + 4], data[one : one + 4]
    made(tmp_path, Image.new("RGB", (8, 8), (200, 30, 20)), icc_profile=bytes(data))
    assert near(pixel(tmp_path / "made" / "8.webp"), (20, 30, 200))


def test_a_broken_profile_is_passed_over(tmp_path: Path) -> None:
    made(tmp_path, Image.new("RGB", (8, 8), (200, 30, 20)), icc_profile=b"no profile at all")
    assert near(pixel(tmp_path / "made" / "8.webp"), (200, 30, 20))


def test_transparency_is_kept_and_white_in_the_jpeg(tmp_path: Path) -> None:
    image = Image.new("RGBA", (8, 8), (200, 30, 20, 0))
    for more in ({}, {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()}):
        made(tmp_path, image, **more)
        assert pixel(tmp_path / "made" / "8.webp")[3] == 0
        assert near(pixel(tmp_path / "made" / "8.jpg"), (255, 255, 255))


@pytest.mark.parametrize(
    ("image", "kind", "more", "seen"),
    [
        (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", {}, (255, 0, 0)),
        (Image.new("I;16", (8, 8), 0x8000), "PNG", {}, (128, 128, 128)),
        (Image.new("1", (8, 8), 1), "PNG", {}, (255, 255, 255)),
        (Image.new("LA", (8, 8), (100, 255)), "PNG", {}, (100, 100, 100)),
        (Image.new("P", (8, 8), 0), "GIF", {}, (0, 0, 0)),
        (Image.new("P", (8, 8), 0), "PNG", {"transparency": 0}, (255, 255, 255)),
        (Image.new("L", (8, 8), 9), "PNG", {"transparency": 9}, (255, 255, 255)),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else None,
)
def test_all_kinds_of_pixels(tmp_path: Path, image: Image.Image, kind: str, more: Any, seen: tuple[int, ...]) -> None:
    made(tmp_path, image, kind, **more)
    assert near(pixel(tmp_path / "made" / "8.jpg"), seen)


def test_one_that_moves_is_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), (number % 256, number // 256, 200)) for number in range(300)]
    assert made(tmp_path, frames[0], "GIF", save_all=True, append_images=frames[1:]) == [("8.webp", 8), ("8.jpg", 8)]
    assert near(pixel(tmp_path / "made" / "8.jpg"), (0, 0, 200))


def test_one_that_is_too_large_to_decode_is_shown_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Skip, match="Pages show it as it is"):
        made(tmp_path, huge_png(12_000, 10_000))
    with pytest.raises(InvalidInput, match="more than 120 million pixels"):
        made(tmp_path, huge_png(60_000, 60_000))
    monkeypatch.setattr(pictures, "MAX_DECODED_PIXELS", 500 * 500)
    monkeypatch.setattr(picture, "WIDTHS", (320,))
    image = Image.new("RGB", (900, 900))
    assert made(tmp_path, image, "JPEG")[0] == ("320.webp", 320), "a JPEG is decoded smaller"
    with pytest.raises(Skip):
        made(tmp_path, image, "JPEG", progressive=True)


@pytest.mark.parametrize("size", [(1, 60_000), (400, 60_000)])
def test_one_that_is_too_long_is_shown_as_it_is(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(Skip, match="too long and narrow"):
        made(tmp_path, Image.new("L", size))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_one_that_is_broken_is_told_in_words(tmp_path: Path, kind: str) -> None:
    data = bytes_of(kind)
    with pytest.raises(InvalidInput, match="may be damaged or incomplete"):
        made(tmp_path, data[: len(data) // 2])


def test_a_png_with_a_wrong_checksum_is_told_in_words(tmp_path: Path) -> None:
    data = bytearray(bytes_of("PNG"))
    data[data.index(b"IDAT") + 30] ^= 1
    with pytest.raises(InvalidInput, match="may be damaged or incomplete"):
        made(tmp_path, bytes(data))
