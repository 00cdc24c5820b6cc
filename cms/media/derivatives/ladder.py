"""A picture in several widths, for screens of all sizes, and as one JPEG, for sites that link to it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image

from cms.media.derivatives.recipe import Made, MadeFile

#: The widths in pixels. For a picture that is narrower than the largest, its own width is the last.
WIDTHS = (320, 640, 1280)


def write(picture: Image.Image, folder: Path) -> list[MadeFile]:
    """Write the WebP files from the smallest to the largest, then the JPEG. Metadata is left out."""
    picture = picture if picture.mode == "RGB" else _opaque(picture)
    picture.info.clear()
    largest = min(picture.width, WIDTHS[-1])
    made = []
    for width in [*(width for width in WIDTHS if width < largest), largest]:
        scaled = _scaled(picture, width)
        scaled.save(folder / f"{width}.webp", quality=80, method=4)
        made.append(MadeFile(f"{width}.webp", scaled.width, scaled.height))
    scaled.save(folder / f"{largest}.jpg", quality=85, optimize=True, progressive=True)
    return [*made, MadeFile(f"{largest}.jpg", scaled.width, scaled.height)]


def write_own(picture: bytes, folder: Path) -> Made:
    """Write a picture of the editor's own, which is WebP. The facts say whose it is."""
    with Image.open(BytesIO(picture), formats=("WEBP",)) as opened:
        return Made(write(opened, folder), {"is_own": True})


def _scaled(picture: Image.Image, width: int) -> Image.Image:
    if width == picture.width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3)


def _opaque(picture: Image.Image) -> Image.Image:
    """The picture on white, because a JPEG has no transparency."""
    layered = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
