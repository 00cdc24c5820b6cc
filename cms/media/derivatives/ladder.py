"""A picture in several widths, for screens of all sizes, and as one JPEG, for sites that link to it."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from cms.media.derivatives.recipe import Made, MadeFile, Skip
from cms.messages import N_

#: The widths in pixels. For a picture that is narrower than the largest, its own width is the last.
WIDTHS = (320, 640, 1280)
# The most that a WebP holds in each direction, in pixels.
_MAX_SIDE = 16_383
# How hard a WebP is compressed. Method 4 would take 2.5 times as long for files that are 5 % smaller.
_METHOD = 2


def write(picture: Image.Image, folder: Path, widths: Sequence[int] = WIDTHS) -> list[MadeFile]:
    """Write the WebP files from the smallest to the largest, then the JPEG. Metadata is left out.

    Raises:
        Skip: the picture is too long and narrow.
    """
    picture = picture if picture.mode == "RGB" else _with_or_without_alpha(picture)
    picture.info.clear()
    most = min(picture.width, picture.width * _MAX_SIDE // picture.height)
    if most < min(picture.width, widths[0]):
        raise Skip(N_("The picture is too long and narrow."))
    largest = min(most, widths[-1])
    made: list[MadeFile] = []
    scaled = picture
    for width in [largest, *sorted((width for width in widths if width < largest), reverse=True)]:
        scaled = _scaled(scaled, width)  # from the larger one, which takes less time than from the picture
        scaled.save(folder / f"{width}.webp", quality=80, method=_METHOD)
        made.insert(0, MadeFile(f"{width}.webp", scaled.width, scaled.height))
    linked = _on_white(_scaled(picture, min(most, WIDTHS[-1])))
    linked.save(folder / f"{linked.width}.jpg", quality=85, optimize=True, progressive=True)
    return [*made, MadeFile(f"{linked.width}.jpg", linked.width, linked.height)]


def write_own(picture: bytes, folder: Path) -> Made:
    """Write a picture of the editor's own, which is WebP. The facts say whose it is."""
    with Image.open(BytesIO(picture), formats=("WEBP",)) as opened:
        return Made(write(opened, folder), {"is_own": True})


def _scaled(picture: Image.Image, width: int) -> Image.Image:
    if width == picture.width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3)


def _with_or_without_alpha(picture: Image.Image) -> Image.Image:
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture without transparency, which a JPEG does not have."""
    if picture.mode == "RGB":
        return picture
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
