"""A picture in several sizes: turned as it is shown, in the colours of sRGB, and of a moving one the first frame."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import cast

from PIL import Image, ImageCms, ImageOps

from cms.media import pictures
from cms.media.derivatives import ladder
from cms.media.derivatives.recipe import Cost, Made, Progress, Skip
from cms.media.models import MediaFile
from cms.messages import N_

NAME, VERSION, COST, FIELD = "picture", 1, Cost.FAST, "poster"

#: The widths in pixels. The largest fills a large screen with two pixels for each of its own.
WIDTHS = (*ladder.WIDTHS, 2560)


def is_for(media_file: MediaFile) -> bool:
    """For every picture that can be read."""
    return media_file.mime_type.startswith("image/") and media_file.width is not None


def make(source: Path, folder: Path, progress: Progress) -> Made:
    """Write the picture in all sizes."""
    with pictures.opened(source) as image:
        if not pictures.can_be_decoded(image, WIDTHS[-1]):
            raise Skip(
                N_("The picture has more than %(number)s million pixels. Pages show it as it is."),
                number=pictures.MAX_DECODED_PIXELS // 1_000_000,
            )
        image.load()
        progress(30)
        turned = ImageOps.exif_transpose(_in_srgb(image))
        progress(50)
        return Made(ladder.write(turned, folder, WIDTHS))


def _in_srgb(image: Image.Image) -> Image.Image:
    """The picture in the colours of sRGB, which is what a picture without a profile is taken for."""
    profile, exif = image.info.get("icc_profile"), image.info.get("exif")
    plain = _plain(image)
    with suppress(ImageCms.PyCMSError, OSError, ValueError):  # a profile that is broken, or for other colours
        if profile:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            to = "RGBA" if plain.mode == "RGBA" else "RGB"
            plain = cast(
                Image.Image, ImageCms.profileToProfile(plain, own, ImageCms.createProfile("sRGB"), outputMode=to)
            )
    if exif:
        plain.info["exif"] = exif
    return plain


def _plain(image: Image.Image) -> Image.Image:
    """The picture with 8 bits for each value, and without a palette."""
    if image.mode.startswith("I"):  # 16 bits of grey; to convert them would cut them off
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("L", "RGB", "RGBA", "CMYK") and "transparency" not in image.info:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
