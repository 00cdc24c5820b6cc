"""A picture in several widths, for screens of all sizes, and as one JPEG, for sites that link to it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from PIL import Image

from cms.media.derivatives.recipe import Made, MadeFile, Skip
from cms.messages import N_

#: The widths in pixels. For a picture that is narrower than the largest, its own width is the last.
WIDTHS = (320, 640, 1280)
# The most that a WebP holds in each direction, in pixels.
_MAX_SIDE = 16_383
# While one encodes the largest picture, the other has time for all that are smaller.
_THREADS = 2


def write(picture: Image.Image, folder: Path, widths: Sequence[int] = WIDTHS) -> list[MadeFile]:
    """Write the WebP files from the smallest to the largest, then the JPEG. Metadata is left out.

    Raises:
        Skip: the picture is too long and narrow.
    """
    picture = picture if picture.mode == "RGB" else _with_or_without_alpha(picture)
    picture.load()  # not by two threads at once, and before the metadata goes: some stands at a file's end
    picture.info.clear()
    most = min(picture.width, picture.width * _MAX_SIDE // picture.height)
    if most < min(picture.width, widths[0]):
        raise Skip(N_("The picture is too long and narrow."))
    largest = min(most, widths[-1])
    sizes = {largest: _scaled(picture, largest, Image.Resampling.LANCZOS)}
    with ThreadPoolExecutor(_THREADS) as threads:  # Pillow holds no lock of Python's while it encodes
        encoding = [threads.submit(_save_webp, sizes[largest], folder)]
        for width in sorted((width for width in widths if width < largest), reverse=True):
            # From the next larger one, in a quarter of the time that the best filter takes: it looks the same.
            sizes[width] = _scaled(sizes[min(sizes)], width, Image.Resampling.HAMMING)
            encoding.insert(0, threads.submit(_save_webp, sizes[width], folder))
        linked = max((width for width in sizes if width <= WIDTHS[-1]), default=largest)
        encoding.append(threads.submit(_save_jpeg, sizes[linked], folder))
    return [encoded.result() for encoded in encoding]


def write_own(picture: bytes, folder: Path) -> Made:
    """Write a picture of the editor's own, which is WebP. The facts say whose it is."""
    with Image.open(BytesIO(picture), formats=("WEBP",)) as opened:
        return Made(write(opened, folder), {"is_own": True})


def _save_webp(picture: Image.Image, folder: Path) -> MadeFile:
    # Method 4 would take twice as long for files that are 3 to 5 % smaller.
    picture.save(folder / f"{picture.width}.webp", quality=80, method=2)
    return MadeFile(f"{picture.width}.webp", picture.width, picture.height)


def _save_jpeg(picture: Image.Image, folder: Path) -> MadeFile:
    _on_white(picture).save(folder / f"{picture.width}.jpg", quality=85, optimize=True)
    return MadeFile(f"{picture.width}.jpg", picture.width, picture.height)


def _scaled(picture: Image.Image, width: int, filtered: Image.Resampling) -> Image.Image:
    if width == picture.width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), filtered, reducing_gap=3)


def _with_or_without_alpha(picture: Image.Image) -> Image.Image:
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    """A copy without transparency, which a JPEG does not have."""
    if picture.mode == "RGB":
        return picture.copy()  # Pillow keeps the options of saving in the picture itself, where the WebP's are
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
